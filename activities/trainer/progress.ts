import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { jobLine, type JobLine } from '../../core/job.ts';

export type JobProgress = Extract<JobLine, { type: 'progress' }>;

/** A log that every attempt at a job appends to. */
export interface LineLog {
  append(text: string): void;
  close(): Promise<void>;
}

/** Opens a log for appending. It begins with a line's end: a process that was killed may have left half a line. */
export async function openLineLog(file: string): Promise<LineLog> {
  await mkdir(dirname(file), { recursive: true });
  const stream = createWriteStream(file, { flags: 'a' });
  // A log that cannot be written must not end the job; whoever closes it is told.
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  let begun = false;
  return {
    append(text) {
      if (!begun) stream.write('\n');
      begun = true;
      stream.write(text);
    },
    async close() {
      stream.end();
      await finished(stream).catch((error: Error) => (failure ??= error));
      if (failure) throw failure;
    },
  };
}

/** What a trainer said, parsed; undefined for anything that is not one of its lines. */
export function parseJobLine(text: string): JobLine | undefined {
  try {
    return jobLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * The steps of a job, each once and in order, whatever attempts did them: an attempt that goes on from a saved state says where
 * (`started`), and steps beyond that were done again. None where there is no such file.
 */
export async function readProgress(file: string): Promise<JobProgress[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  let steps: JobProgress[] = [];
  for (const line of text.split('\n').map(parseJobLine)) {
    if (line?.type === 'started') steps = steps.filter(({ step }) => step <= line.step);
    if (line?.type === 'progress') steps.push(line);
  }
  return steps;
}
