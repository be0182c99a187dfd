import { readFileSync } from 'node:fs';

/** What an operator may change while a stage runs. The first two are looked at before each turn. */
export interface Knobs extends Tuned {
  paused: boolean;
}

/** What an operator has tuned of a stage, by which it goes on whenever it is begun again. */
export interface Tuned {
  /** The time budget of rollouts, those in flight too; a duration. */
  timeout?: string;
  concurrency?: number;
  judgeQueue?: number;
  /** Steps of RL in all. */
  steps?: number;
}

/** What was tuned of a stage, for an execution that begins. */
export function readTuned(file: string): Tuned {
  const { paused: _, ...tuned } = readKnobs(file);
  return tuned;
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
