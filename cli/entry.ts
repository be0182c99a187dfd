import { leave } from './bootstrap/way-out.cjs';
import { describeError, UserError } from './user-error.ts';

interface Command {
  /** Resolves with the exit code. */
  run(args: string[]): Promise<number>;
}

const COMMANDS: Record<string, () => Promise<Command>> = {
  setup: () => import('./setup.ts'),
  start: () => import('./start.ts'),
  up: () => import('./up.ts'),
  worker: () => import('./worker.ts'),
  show: () => import('./show.ts'),
  report: () => import('./report.ts'),
  disk: () => import('./disk-use.ts'),
  clean: () => import('./clean.ts'),
  export: () => import('./export.ts'),
  'export-trajectories': () => import('./export-trajectories.ts'),
  plan: () => import('./plan.ts'),
  judge: () => import('./judge.ts'),
  'check-tasks': () => import('./check-tasks.ts'),
  rubric: () => import('./rubric.ts'),
  bench: () => import('./bench.ts'),
  faults: () => import('./faults.ts'),
  lineage: () => import('./lineage.ts'),
  schemas: () => import('./generate-schemas.ts'),
  test: () => import('./test.ts'),
};

/** Runs one command; whatever goes wrong is told on stderr, as a sentence where the person can mend it. */
export async function main(name: string, args: string[]): Promise<number> {
  process.on('unhandledRejection', (error) => void leave(tell(error)));
  try {
    const load = COMMANDS[name];
    if (!load) throw new UserError(`there is no command "${name}": ${Object.keys(COMMANDS).join(', ')}`, 2);
    const command = await load();
    return await command.run(args);
  } catch (error) {
    return tell(error);
  }
}

function tell(error: unknown): number {
  const { text, exitCode } = describeError(error);
  process.stderr.write(`${text}\n`);
  return exitCode;
}
