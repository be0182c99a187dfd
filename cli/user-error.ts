import { SandboxUnavailable } from '../activities/sandboxes/errors.ts';
import { EnvironmentError } from '../config/environment.ts';

/** Something that the person at the terminal can mend: shown as its message alone, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line was not understood. */
export const usageError = (command: string, message: string): UserError =>
  new UserError(`${message}\n\`npm run ${command} -- --help\` says what is possible.`, 2);

/** What a person should read of an error: known ones as a sentence, a full disk as one, anything else with its stack. */
export function describeError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof UserError) return { text: error.message, exitCode: error.exitCode };
  if (!(error instanceof Error)) return { text: String(error), exitCode: 1 };
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return { text: `the disk is full${path ? ` (writing ${path})` : ''}: free some space`, exitCode: 1 };
  if (error instanceof EnvironmentError || error instanceof SandboxUnavailable)
    return { text: error.message, exitCode: 1 };
  return { text: error.stack ?? error.message, exitCode: 1 };
}
