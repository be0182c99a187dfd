import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { withCluster, type BenchCluster } from './cluster.ts';
import { atMost, type Figure } from './figure.ts';
import { redoneIn } from './redone.ts';

const RUN = 'kill';
const SLOTS = 8;
const HEARTBEAT_SECONDS = 5;

const recipe = {
  name: RUN,
  tasks: { type: 'micropapers', train: 10, heldout: 1 },
  policies: { teacher: { type: 'scripted' } },
  rollout: { clock: { type: 'virtual' }, heartbeat: `${HEARTBEAT_SECONDS}s` },
  stages: [{ type: 'distill', policy: 'teacher', rolloutsPerTask: 4, timeout: '1500s', accept: { minScore: 0 } }],
};

/** What `kill -9` of the rollout worker costs: turns done again per rollout in flight, and the wait until they go on. */
export async function kill(): Promise<Figure[]> {
  return withCluster({ trainer: false, variables: { LONGHAUL_ROLLOUT_SLOTS: String(SLOTS) } }, measure);
}

async function measure({ environment: { home }, play }: BenchCluster): Promise<Figure[]> {
  const { store, pids } = homePaths(home);
  const folder = join(store, keys.run(RUN), 'rollouts');
  const playing = play(RUN, recipe);
  playing.catch(() => undefined); // awaited below
  const inFlight = await untilInFlight(folder);
  const pid = Number(readFileSync(join(pids, 'rollout.0.pid'), 'utf8'));
  if (!(pid > 1)) throw new Error('the rollout pool has no process');
  process.kill(pid, 'SIGKILL');
  const killedAt = Date.now();
  const firstTurn = await untilNewTurn(folder, inFlight, killedAt);
  const { ledger } = await playing;
  const redone = await Promise.all(
    inFlight.map(async (name) => redoneIn(await readFile(join(folder, name, 'turns.jsonl'), 'utf8'))),
  );
  const turns = redone.map(({ actedAgain, askedAgain }) => actedAgain + askedAgain);
  const most = Math.max(...turns);
  const detail = {
    inFlight: inFlight.length,
    redoneInAll: turns.reduce((sum, n) => sum + n, 0),
    scored: ledger.scored,
  };
  return [
    {
      ...atMost('turns done again per rollout in flight after kill -9 of its worker, at most', most, 1),
      unit: 'turns',
      ok: most <= 1 && ledger.scored === ledger.planned,
      detail,
    },
    {
      ...atMost('from the kill to the first new turn, less the heartbeat timeout', firstTurn - HEARTBEAT_SECONDS, 5),
      unit: 's',
      detail: { firstTurn, heartbeat: HEARTBEAT_SECONDS },
    },
  ];
}

/** The rollouts being played, once all slots are busy and each has made some turns. */
async function untilInFlight(folder: string): Promise<string[]> {
  for (;;) {
    const names = await readdir(folder).catch(() => []);
    const turns = await Promise.all(names.map(async (name) => [name, await turnsOf(join(folder, name))] as const));
    const busy = turns.filter(([, count]) => count >= 5).map(([name]) => name);
    if (busy.length >= SLOTS - 1) return busy;
    await delay(5);
  }
}

/** Finished turns of a rollout that is being played; -1 for another. */
async function turnsOf(folder: string): Promise<number> {
  const isOver = await stat(join(folder, 'played.json')).then(
    () => true,
    () => false,
  );
  if (isOver) return -1;
  const text = await readFile(join(folder, 'turns.jsonl'), 'utf8').catch(() => '');
  return text.split('"type":"observed"').length - 1;
}

/** Seconds until one of the rollouts has a turn that a later attempt finished. */
async function untilNewTurn(folder: string, names: readonly string[], since: number): Promise<number> {
  for (;;) {
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name, 'turns.jsonl'), 'utf8')));
    if (texts.some((text) => text.includes('"type":"observed","epoch":2'))) return (Date.now() - since) / 1000;
    await delay(20);
  }
}
