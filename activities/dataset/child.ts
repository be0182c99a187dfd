import { readFileSync } from 'node:fs';
import process from 'node:process';
import { datasetSpec, type DatasetCounts } from '../../core/dataset.ts';
import type { ChildJob, ChildMessage } from './build.ts';
import { openUnits } from './units.ts';
import { writeDataset } from './write.ts';

/** Milliseconds between two reports. */
const REPORT_EVERY = 500;

/** The process that builds a dataset: its job is a file, its reports are messages, and it ends when its parent does. */
async function main(file: string): Promise<void> {
  process.on('disconnect', orphaned);
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

const tell = (message: ChildMessage): void => {
  process.send?.(message);
};

const orphaned = (): never => process.exit(1);

async function run(): Promise<void> {
  try {
    await main(process.argv[2] ?? '');
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    process.send?.({ type: 'failed', name, message } satisfies ChildMessage, () => process.exit(1));
    return;
  }
  process.off('disconnect', orphaned);
  process.disconnect();
}

void run();
