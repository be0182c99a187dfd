import { packageRoot } from '../../activities/sandboxes/package-root.ts';
import { childEnvironment, readEnvironment } from '../../config/environment.ts';
import { describeError } from '../../cli/user-error.ts';
import { keepUp } from '../../cli/up.ts';
import { OBEDIENT } from './supervisor/processes.ts';

/** `npm run up`, with a pool that only runs: `node -r ./tools/typescript.cjs up-with-fake-pools.ts TEMPORAL`. */
const environment = readEnvironment(packageRoot());
const pool = (address: string) => ({
  pool: 'rollout',
  number: 0,
  command: [process.execPath, '-e', OBEDIENT],
  environment: childEnvironment({ LONGHAUL_HOME: environment.home, TEMPORAL_ADDRESS: address }),
  parent: 'ipc' as const,
});

keepUp({
  environment,
  command: 'up',
  binary: process.argv[2] ?? '',
  pools: (address) => ({ processes: [pool(address)], queues: [] }),
}).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${describeError(error).text}\n`);
    process.exit(1);
  },
);
