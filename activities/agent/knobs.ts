import { readFile } from 'node:fs/promises';

/** What an operator may change while a stage runs; read before each turn. */
export interface Knobs {
  paused: boolean;
}

export async function readKnobs(file: string): Promise<Knobs> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Knobs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { paused: false };
    throw error;
  }
}
