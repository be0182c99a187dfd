import { join } from 'node:path';

/** The folders and files of a home. */
export const homePaths = (home: string) => ({
  database: join(home, 'temporal.db'),
  store: join(home, 'store'),
  logs: join(home, 'logs'),
  pids: join(home, 'pids'),
  sandboxes: join(home, 'sandboxes'),
  scratch: join(home, 'tmp'),
  /** What runs in this home: see cli/supervisor/claim.ts. */
  running: join(home, 'running.json'),
});
export type HomePaths = ReturnType<typeof homePaths>;
