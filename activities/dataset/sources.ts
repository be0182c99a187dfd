import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetSpec, TrajectorySource } from '../../core/dataset.ts';
import { sha256Of } from './hash.ts';

/**
 * Writes the trajectories down for the child, a line each, and answers the hash of what they say: names, instructions,
 * advantages and turn logs, but not where those lie. Throws when a turn log is missing.
 */
export async function writeIndex(
  file: string,
  trajectories: Iterable<TrajectorySource> | AsyncIterable<TrajectorySource>,
): Promise<string> {
  const hash = createHash('sha256');
  const aside = await open(`${file}.tmp`, 'w');
  try {
    for await (const source of trajectories) {
      const { turns, ...named } = source;
      hash.update(`${JSON.stringify({ ...named, log: await sha256Of(turns) })}\n`);
      await aside.write(`${JSON.stringify(source)}\n`);
    }
  } finally {
    await aside.close();
  }
  await rename(`${file}.tmp`, file);
  return hash.digest('hex');
}

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];

/** sha256 of everything that decides a dataset's bytes. */
export async function hashOf(parts: { spec: DatasetSpec; tokenizer: string; sources: string }): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([1, parts.spec, parts.sources]));
  for (const name of TOKENIZER_FILES) {
    const bytes = await readIfThere(join(parts.tokenizer, name));
    hash.update(`${name} ${bytes?.length ?? 'none'}\n`).update(bytes ?? '');
  }
  return hash.digest('hex');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
