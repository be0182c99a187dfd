import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { poolPids, signal } from './processes.ts';
import { playing, rolloutsOf } from './progress.ts';
import type { World } from './world.ts';

/** The workers die, and what they were writing is found cut short, or followed by what no one has written. */
export async function spoilTurnLogs(world: World, how: 'truncate' | 'junk'): Promise<void> {
  signal(poolPids(world.home, 'rollout'), 'SIGKILL');
  await delay(50);
  for (const name of playing(world.home, world.run).keys()) {
    const file = join(rolloutsOf(world.home, world.run), name, 'turns.jsonl');
    if (how === 'junk') appendFileSync(file, world.random.pick(JUNK));
    else cut(file, world.random.below(40) + 1);
  }
}

const JUNK = ['\u0000\u0000\u0000\u0000\n', '{"type":"acted","epo', '{"type":"nonsense","epoch":1}\n', '[]\n', 'null'];

/** Takes the end of the last line away: at most the record that was just being written. */
function cut(file: string, bytes: number): void {
  const { length } = readFileSync(file);
  const last = readFileSync(file).lastIndexOf(10, length - 2) + 1;
  truncateSync(file, Math.max(last, length - bytes));
}
