import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { datasetCounts, shardFile } from '../../core/dataset.ts';
import { RL_COLUMNS } from './columns.ts';

export const JOURNAL = 'journal.jsonl';

/** What is known once a shard is finished: the units and rows up to its end, and the file itself. */
const finishedShard = z.object({
  build: z.string(),
  units: z.int(),
  counts: datasetCounts,
  columns: z.array(z.enum(RL_COLUMNS)),
  file: shardFile,
});
export type FinishedShard = z.infer<typeof finishedShard>;

/** The shards that an earlier attempt at the same build finished, in order; a torn last line was no finished shard. */
export function readJournal(file: string, build: string): FinishedShard[] {
  if (!existsSync(file)) return [];
  const finished: FinishedShard[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const parsed = parse(line);
    if (parsed?.build !== build) break;
    finished.push(parsed);
  }
  return finished;
}

/** Durable before it returns. */
export function appendJournal(file: string, shard: FinishedShard): void {
  const handle = openSync(file, 'a');
  try {
    appendFileSync(handle, `${JSON.stringify(shard)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function parse(line: string): FinishedShard | undefined {
  try {
    return finishedShard.parse(JSON.parse(line));
  } catch {
    return undefined; // torn by a kill
  }
}
