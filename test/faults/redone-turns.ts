import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redoneIn } from '../../bench/redone.ts';
import { namesIn } from './processes.ts';
import { rolloutsOf } from './progress.ts';

/** The most turns that one attempt of any rollout did again: turns done again over the attempts that took it up. */
export function redoneTurns(home: string, run: string): number {
  const folder = rolloutsOf(home, run);
  const each = namesIn(folder)
    .filter((name) => existsSync(join(folder, name, 'turns.jsonl')))
    .map((name) => {
      const text = readFileSync(join(folder, name, 'turns.jsonl'), 'utf8');
      const { actedAgain, askedAgain } = redoneIn(text);
      const resumed = Math.max(1, text.split('"type":"opened"').length - 2);
      return (actedAgain + askedAgain) / resumed;
    });
  return Math.max(0, ...each);
}
