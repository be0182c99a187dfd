import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from './processes.ts';
import { rolloutsOf } from './progress.ts';

/** The most turns that one attempt of any rollout did again: turns done again over the attempts that took it up. */
export function redoneTurns(home: string, run: string): number {
  const folder = rolloutsOf(home, run);
  const logs = namesIn(folder).map((name) => join(folder, name, 'turns.jsonl'));
  return Math.max(0, ...logs.filter(existsSync).map((file) => redonePerAttempt(readFileSync(file, 'utf8'))));
}

interface Line {
  type: string;
  turn: number;
}

/**
 * A turn was done again when it was acted more than once, or when an attempt took over while it was being asked for. One that a
 * zombie wrote down after that is the same turn, not another one.
 */
export function redonePerAttempt(text: string): number {
  const lines = text.split('\n').flatMap(parsed);
  const acted = lines.filter(({ type }) => type === 'acted').map(({ turn }) => turn);
  const again = new Set(acted.filter((turn, index) => acted.indexOf(turn) < index));
  for (const [index, { type }] of lines.entries()) {
    const before = lines.slice(0, index).findLast((line) => line.type !== 'opened');
    if (type === 'opened' && before?.type === 'observed') again.add(before.turn + 1);
  }
  const attempts = lines.filter(({ type }) => type === 'opened').length;
  return again.size / Math.max(1, attempts - 1);
}

/** What is no record was never durable. */
function parsed(line: string): Line[] {
  try {
    const value = JSON.parse(line) as Partial<Line> | null;
    return typeof value?.type === 'string' ? [{ type: value.type, turn: value.turn ?? -1 }] : [];
  } catch {
    return [];
  }
}
