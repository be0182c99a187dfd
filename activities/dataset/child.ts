import { readFileSync } from 'node:fs';
import process from 'node:process';
import { datasetSpec, type DatasetCounts } from '../../core/dataset.ts';
import type { ChildJob } from './build.ts';
import type { ChildMessage } from './builder.ts';
import { openUnits } from './units.ts';
import { writeDataset } from './write.ts';

/** Milliseconds between two reports. */
const REPORT_EVERY = 500;

/** The process that builds datasets: a job is a file, its reports are messages, and it ends when its parent does. */
async function build(file: string): Promise<void> {
  const { folder, build, tokenizer, index, spec } = JSON.parse(readFileSync(file, 'utf8')) as ChildJob;
  const parsed = datasetSpec.parse(spec);
  const units = await openUnits(parsed.rows, { tokenizer, index });
  await writeDataset({ folder, build, spec: parsed, units, onProgress: throttled() });
}

function throttled(): (counts: DatasetCounts) => void {
  let reported = 0;
  return ({ trajectories, rows }) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY && reported > 0) return;
    reported = now;
    tell({ type: 'progress', trajectories, rows });
  };
}

function tell(message: ChildMessage, told?: () => void): void {
  process.send?.(message, undefined, undefined, told);
}

/** A process in which a build failed takes no other. */
async function run(file: string): Promise<void> {
  try {
    await build(file);
    tell({ type: 'done' });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ type: 'failed', name, message }, () => process.exit(1));
  }
}

process.on('disconnect', () => process.exit(1));
process.on('message', ({ job }: { job: string }) => void run(job));
