import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keys } from '../../core/names.ts';
import { namesIn } from './processes.ts';

export const rolloutsOf = (home: string, run: string): string => join(home, 'store', keys.run(run), 'rollouts');

/** Rollouts that are being played, with how many turns each has finished. */
export function playing(home: string, run: string): Map<string, number> {
  const folder = rolloutsOf(home, run);
  const names = namesIn(folder).filter(
    (name) => existsSync(join(folder, name, 'turns.jsonl')) && !existsSync(join(folder, name, 'played.json')),
  );
  return new Map(names.map((name) => [name, turnsIn(join(folder, name, 'turns.jsonl'))]));
}

/** Rollouts that are played to the end and not graded yet. */
export function judging(home: string, run: string): string[] {
  const folder = rolloutsOf(home, run);
  return namesIn(folder).filter(
    (name) => existsSync(join(folder, name, 'played.json')) && !existsSync(join(folder, name, 'record.json')),
  );
}

/** Finished turns in a turn log, as it lies. */
export const turnsIn = (file: string): number => textOf(file).split('"type":"observed"').length - 1;

/** Jobs that have begun and made no checkpoint yet. */
export function trainingNow(home: string, run: string): string[] {
  const folder = join(home, 'store', keys.run(run));
  return namesIn(join(folder, 'jobs')).filter(
    (job) =>
      existsSync(join(folder, 'jobs', job, 'progress.jsonl')) &&
      !existsSync(join(folder, 'checkpoints', job, 'manifest.json')),
  );
}

/** Checkpoints that are being served. */
export const servedNow = (home: string, run: string): string[] =>
  namesIn(join(home, 'store', keys.run(run), 'serving')).filter((name) => name.endsWith('.json'));

/** Counts that only grow while the run gets on: turns by rollout, verdicts, bytes of the jobs' progress. */
export interface Signs {
  turns: Map<string, number>;
  verdicts: number;
  steps: number;
}

export function signsOf(home: string, run: string): Signs {
  const folder = rolloutsOf(home, run);
  const jobs = join(home, 'store', keys.run(run), 'jobs');
  const names = namesIn(folder);
  return {
    turns: new Map(names.map((name) => [name, turnsIn(join(folder, name, 'turns.jsonl'))])),
    verdicts: names.filter((name) => existsSync(join(folder, name, 'verdict.json'))).length,
    steps: namesIn(jobs).reduce((sum, job) => sum + sizeOf(join(jobs, job, 'progress.jsonl')), 0),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
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
