import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTurnLog } from '../activities/agent/turn-log.ts';
import { keys, parseRolloutId } from '../core/names.ts';
import {
  incompleteVerdict as incompleteSchema,
  record as recordSchema,
  verdict as verdictSchema,
  type IncompleteVerdict,
  type RolloutRecord,
  type Verdict,
} from '../core/record.ts';
import type { TurnRecord } from '../core/trajectory.ts';
import { UserError } from './user-error.ts';

/** What the store holds of one rollout; the record and the verdict come when it has been judged. */
export interface RolloutFiles {
  id: string;
  turns: TurnRecord[];
  record: RolloutRecord | undefined;
  verdict: Verdict | undefined;
  /** Where some leaves could not be graded. */
  incomplete: IncompleteVerdict | undefined;
}

const NEAREST = 5;

/** Reads a rollout from the store; throws a sentence that names the nearest ones where there is none of this id. */
export async function readRollout(store: string, id: string): Promise<RolloutFiles> {
  const run = id.split('.')[0] ?? '';
  const names = rolloutNames(store, run);
  if (!names.includes(id)) throw notFound(store, id, names);
  parseRolloutId(id);
  const record = readIfThere(join(store, keys.record(id)));
  const verdict = readIfThere(join(store, keys.verdict(id)));
  const incomplete = readIfThere(join(store, keys.incompleteVerdict(id)));
  return {
    id,
    turns: await readTurnLog(join(store, keys.turns(id))),
    record: record === undefined ? undefined : recordSchema.parse(JSON.parse(record)),
    verdict: verdict === undefined ? undefined : verdictSchema.parse(JSON.parse(verdict)),
    incomplete:
      verdict !== undefined || incomplete === undefined ? undefined : incompleteSchema.parse(JSON.parse(incomplete)),
  };
}

/** Ids of the rollouts of a run that the store holds, sorted. */
export const rolloutNames = (store: string, run: string): string[] =>
  folder(join(store, keys.run(run), 'rollouts')).toSorted();

function notFound(store: string, id: string, names: string[]): UserError {
  if (names.length === 0) {
    const runs = folder(join(store, 'runs')).join(', ') || 'none';
    return new UserError(`there is no rollout "${id}" in ${store}; runs there: ${runs}`);
  }
  const near = names.toSorted((a, b) => sharedStart(b, id) - sharedStart(a, id)).slice(0, NEAREST);
  return new UserError(
    `there is no rollout "${id}"; the nearest of ${names.length}:\n${near.map((name) => `  ${name}`).join('\n')}`,
  );
}

/** Letters that two texts have in common from the start: ids go from the run to the member. */
function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function readIfThere(file: string): string | undefined {
  return absent(() => readFileSync(file, 'utf8'));
}

const folder = (path: string): string[] => absent(() => readdirSync(path)) ?? [];

function absent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
