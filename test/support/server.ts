/** What the tests of one run share: one dev server in memory, one workflow bundle. */
export interface TestServer {
  address: string;
  bundlePath: string;
  temporalCli: string;
}

export const SERVER_VARIABLE = 'LONGHAUL_TEST_SERVER';

/** The server that the global set-up started. */
export function testServer(): TestServer {
  const text = process.env[SERVER_VARIABLE];
  if (!text) throw new Error('there is no test server: run the tests by jest with its global set-up');
  return JSON.parse(text) as TestServer;
}
