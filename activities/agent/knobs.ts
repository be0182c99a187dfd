import { readFileSync } from 'node:fs';

/** What an operator may change while a stage runs; looked at before each turn. */
export interface Knobs {
  paused: boolean;
  /** The time budget of rollouts in flight, where it was changed since they began; a duration. */
  timeout?: string;
}

/** A stage's knobs as they are now. Read in one go: for so small a file, four trips to the thread pool cost more than the file. */
export function readKnobs(file: string): Knobs {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Knobs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { paused: false };
    throw error;
  }
}
