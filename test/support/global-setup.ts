import { cachedBundle } from './bundle.ts';
import { startDevServer, temporalCli } from './dev-server.ts';
import { SERVER_VARIABLE, type TestServer } from './server.ts';

/** One dev server and one bundle for the whole run. */
export default async function globalSetup(): Promise<void> {
  const bundlePath = await cachedBundle();
  const { address, server } = await startDevServer();
  const shared: TestServer = { address, bundlePath, temporalCli: temporalCli() };
  process.env[SERVER_VARIABLE] = JSON.stringify(shared);
  // Killed even where the teardown is never reached.
  process.once('exit', () => server.kill('SIGKILL'));
  (globalThis as { stopTestServer?: () => void }).stopTestServer = () => server.kill('SIGKILL');
}
