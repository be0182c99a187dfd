import { setTimeout as delay } from 'node:timers/promises';
import { careless } from './careless.ts';
import { poolPids, pythons, sandboxSupervisors, signal } from './processes.ts';
import { judging, playing, servedNow, trainingNow } from './progress.ts';
import { SYNCS } from './syncs.ts';
import { spoilTurnLogs } from './turn-logs.ts';
import type { Disturbance, World } from './world.ts';

/** One kind of fault. */
export interface FaultClass {
  name: string;
  /** Whether there is something to strike at now. */
  ready(world: World): boolean;
  /** Strikes; resolves when the cause is over, not its consequences. False where it came to nothing: it strikes another time. */
  strike(world: World): Promise<boolean | void>;
  /** What shows that the run has recovered: the first of these after the fault. */
  sign: 'turn' | 'verdict' | 'step' | 'any';
  /** There is seldom something to strike at: where there is, it goes first. */
  rare?: true;
  /** Of those that name the same, one strikes at a time. */
  lane?: 'disturbance' | 'messages' | 'stopped';
}

export const HEARTBEAT_SECONDS = 5;
const LONGER_THAN_HEARTBEAT_MS = HEARTBEAT_SECONDS * 1000 + 3000;
const WORKERS = ['orchestrator', 'rollout', 'judge', 'trainer'];

const plays = ({ home, run }: World): boolean => [...playing(home, run).values()].some((turns) => turns > 2);
const judges = ({ home, run }: World): boolean => judging(home, run).length > 0;
const trains = ({ home, run }: World): boolean => trainingNow(home, run).length > 0;
const serves = ({ home, run }: World): boolean => servedNow(home, run).length > 0 && playing(home, run).size > 0;

const kill = (name: string, pids: (world: World) => number[], more: Partial<FaultClass> = {}): FaultClass => ({
  name: `kill -9 ${name}`,
  ready: (world) => plays(world) && pids(world).length > 0,
  strike: async (world) => signal(pids(world), 'SIGKILL'),
  sign: 'turn',
  ...more,
});

const poolOf =
  (pool: string) =>
  ({ home }: World): number[] =>
    poolPids(home, pool);

/** Stopped for longer than its heartbeat allows, and woken when another has taken over. */
const zombie = (pool: string, more: Partial<FaultClass> = {}): FaultClass => ({
  name: `zombie ${pool}`,
  ready: (world) => plays(world) && poolPids(world.home, pool).length > 0,
  lane: 'stopped',
  async strike(world) {
    const pids = poolPids(world.home, pool);
    if (pids.length === 0) return false;
    const one = world.random.pick(pids);
    signal([one], 'SIGSTOP');
    await delay(LONGER_THAN_HEARTBEAT_MS);
    signal([one], 'SIGCONT');
  },
  sign: 'any',
  ...more,
});

const disturbance = (
  name: string,
  what: Disturbance,
  more: Partial<FaultClass> & { ms?: number } = {},
): FaultClass => ({
  name,
  ready: plays,
  lane: 'disturbance',
  strike: (world) => world.disturb(what, more.ms ?? 3000),
  sign: 'any',
  ...more,
});

/** Several processes at the same instant, the server among them or not. */
async function killSeveral(world: World): Promise<void> {
  const pools = world.random.shuffle([...WORKERS, 'temporal']).slice(0, 2 + world.random.below(3));
  signal(
    pools.flatMap((pool) => poolPids(world.home, pool)),
    'SIGKILL',
  );
}

/** A deploy: every worker of a pool is asked to stop. */
async function deploy(world: World): Promise<void> {
  signal(poolPids(world.home, world.random.pick(WORKERS)), 'SIGTERM');
}

const SUPERVISORS = 'sandbox supervisors';
/** The one fault that can cut a call which an agent has made. */
export const KILLS_SUPERVISORS = `kill -9 ${SUPERVISORS}`;

export const CLASSES: readonly FaultClass[] = [
  kill('rollout workers', poolOf('rollout')),
  kill('orchestrator', poolOf('orchestrator')),
  kill('judge', poolOf('judge'), { ready: judges, sign: 'verdict' }),
  kill('trainer worker', poolOf('trainer'), { ready: trains, sign: 'step' }),
  kill('trainer process', ({ home }) => pythons(home, 'longhaul_trainer.warm'), { ready: trains, sign: 'step' }),
  kill('policy server', ({ home }) => pythons(home, 'longhaul_trainer.server'), { ready: serves }),
  kill('dev server', poolOf('temporal')),
  kill(SUPERVISORS, ({ home }) => sandboxSupervisors(home)),
  kill('npm start', (world) => [world.command().pid ?? 0].filter((pid) => pid > 1)),
  { name: 'kill -9 several', ready: plays, strike: killSeveral, sign: 'turn' },
  zombie('orchestrator'),
  zombie('rollout'),
  zombie('judge', { ready: judges }),
  zombie('trainer', { ready: trains }),
  zombie('temporal'),
  { name: 'deploy (SIGTERM)', ready: plays, strike: deploy, sign: 'any' },
  disturbance('store full', { store: 'full' }),
  disturbance('store fails 1 in 10', { store: 'flaky' }, { ms: 4000 }),
  disturbance('store slow', { store: 'slow' }, { ms: 4000 }),
  disturbance('store tears turns', { store: 'torn' }),
  { name: 'turn log truncated', ready: plays, strike: (world) => spoilTurnLogs(world, 'truncate'), sign: 'turn' },
  { name: 'turn log ends in junk', ready: plays, strike: (world) => spoilTurnLogs(world, 'junk'), sign: 'turn' },
  disturbance('clock an hour ahead', { clockMs: 3_600_000 }, { ms: 4000 }),
  disturbance('clock a day back', { clockMs: -86_400_000 }, { ms: 4000 }),
  ...careless(plays),
  disturbance('judge garbage', { judge: 'garbage', pools: ['judge'] }, { ready: judges, sign: 'verdict', ms: 1500 }),
  ...(['500', '429', 'garbage', 'nothing'] as const).map((policy) =>
    disturbance(`policy server ${policy}`, { policy }, { ready: serves, sign: 'turn' }),
  ),
  ...SYNCS,
];
