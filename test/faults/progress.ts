import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keys } from '../../core/names.ts';
import { namesIn } from './processes.ts';

export const rolloutsOf = (home: string, run: string): string => join(home, 'store', keys.run(run), 'rollouts');

/** Rollouts that are being played, with how many turns each has finished. */
export const playing = now((home, run): Map<string, number> => {
  const folder = rolloutsOf(home, run);
  const names = namesIn(folder).filter(
    (name) => existsSync(join(folder, name, 'turns.jsonl')) && !existsSync(join(folder, name, 'played.json')),
  );
  return new Map(names.map((name) => [name, turnsIn(join(folder, name, 'turns.jsonl'))]));
});

/** Rollouts that are played to the end and not graded yet. */
export const judging = now((home, run): string[] => {
  const folder = rolloutsOf(home, run);
  return namesIn(folder).filter(
    (name) => existsSync(join(folder, name, 'played.json')) && !existsSync(join(folder, name, 'record.json')),
  );
});

/** Of turn logs: finished turns up to the end of a line. */
const counted = new Map<string, { turns: number; at: number }>();

/** Finished turns in a turn log, as it lies; what has been counted before is not read again. */
function turnsIn(file: string): number {
  const size = sizeOf(file);
  const before = counted.get(file);
  const from = before && before.at <= size ? before : { turns: 0, at: 0 };
  if (from.at === size) return from.turns;
  const more = tailOf(file, from.at);
  const end = more.lastIndexOf('\n') + 1;
  const turns = from.turns + more.slice(0, end).split('"type":"observed"').length - 1;
  counted.set(file, { turns, at: from.at + end });
  return turns;
}

/** Jobs that have begun and made no checkpoint yet. */
export const trainingNow = now((home, run): string[] => {
  const folder = join(home, 'store', keys.run(run));
  return namesIn(join(folder, 'jobs')).filter(
    (job) =>
      existsSync(join(folder, 'jobs', job, 'progress.jsonl')) &&
      !existsSync(join(folder, 'checkpoints', job, 'manifest.json')),
  );
});

/** Checkpoints that are being served. */
export const servedNow = (home: string, run: string): string[] =>
  namesIn(join(home, 'store', keys.run(run), 'serving')).filter((name) => /^[^.]+\.json$/.test(name));

/** Counts that only grow while the run gets on: turns by rollout, verdicts, bytes of the jobs' progress. */
export interface Signs {
  turns: Map<string, number>;
  verdicts: number;
  steps: number;
}

export const signsOf = now((home, run): Signs => {
  const folder = rolloutsOf(home, run);
  const jobs = join(home, 'store', keys.run(run), 'jobs');
  const names = namesIn(folder);
  return {
    turns: new Map(names.map((name) => [name, turnsIn(join(folder, name, 'turns.jsonl'))])),
    verdicts: names.filter((name) => existsSync(join(folder, name, 'verdict.json'))).length,
    steps: namesIn(jobs).reduce((sum, job) => sum + sizeOf(join(jobs, job, 'progress.jsonl')), 0),
  };
});

const FRESH_MS = 40;

/** Many ask the same at the same time, and a look at every rollout is not for nothing. */
function now<T>(look: (home: string, run: string) => T): (home: string, run: string) => T {
  let last: { of: string; at: number; value: T } | undefined;
  return (home, run) => {
    const of = `${home} ${run}`;
    if (last?.of === of && performance.now() - last.at < FRESH_MS) return last.value;
    last = { of, at: performance.now(), value: look(home, run) };
    return last.value;
  };
}

/** What stands from there on, byte by byte. */
function tailOf(file: string, at: number): string {
  try {
    return readFileSync(file).subarray(at).toString('latin1');
  } catch {
    return '';
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
