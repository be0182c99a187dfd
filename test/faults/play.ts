import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../core/random.ts';
import { problemsOf, type Undisturbed } from './checks.ts';
import type { FaultClass } from './classes.ts';
import { watchJournals } from './journals.ts';
import { processesOf } from './processes.ts';
import { signsOf, type Signs } from './progress.ts';
import { redoneTurns } from './redone-turns.ts';
import { openWorld, type World } from './world.ts';

/** One fault that struck. */
export interface Struck {
  name: string;
  /** Seconds from the fault to the first sign of the run getting on; null where the run ended first. */
  waited: number | null;
}

export interface Outcome {
  struck: Struck[];
  problems: string[];
  seconds: number;
  /** Most turns done again by one attempt of a rollout. */
  redone: number;
  resumed: string[];
  restarted: number;
}

export interface Playing {
  home: string;
  /** Classes in the order in which they are to strike; those that struck are taken away. */
  deck: FaultClass[];
  random: Random;
  expected: Promise<Undisturbed>;
  size: number;
  /** Faults of this run at most. */
  most: number;
  paceMs: number;
  log(line: string): void;
}

const BETWEEN_MS = 1500;
const LOOK_MS = 50;
/** A run that does not get on is struck again after this. */
const PATIENCE_MS = 30_000;
const LIMIT_MS = 15 * 60_000;
const SIGN_MS = 60_000;

/** One run with faults: strikes while it runs, lets it end, and says what is wrong with it. */
export async function playFaulted(playing: Playing): Promise<Outcome> {
  const { home } = playing;
  const began = performance.now();
  const world = openWorld(playing);
  const journals = watchJournals(home);
  const limit = AbortSignal.timeout(LIMIT_MS);
  const over = endOf(world, limit);
  const struck = await strikeAll(playing, world, over);
  const code = await over.ended;
  if (code === null) await world.stop();
  const { twice, seen } = journals.close();
  const redone = redoneTurns(home, world.run);
  const problems = [
    ...(code === 0 ? [] : [`the run ended with ${code ?? 'the time limit'}: ${world.text.err.slice(-500)}`]),
    ...(code === 0 ? await problemsOf(world, await playing.expected, struck) : []),
    ...twice.map((call) => `executed twice: ${call}`),
    ...(seen === 0 ? ['no journal was seen'] : []),
    ...(redone > 1 ? [`an attempt did ${redone} turns again`] : []),
    ...(await leftRunning(home)),
  ];
  const { resumed, restarted } = world.interventions;
  return { struck, problems, seconds: (performance.now() - began) / 1000, redone, resumed, restarted };
}

interface Over {
  ended: Promise<number | null>;
  now(): boolean;
}

function endOf(world: World, limit: AbortSignal): Over {
  let isOver = false;
  const late = new Promise<null>((resolve) => limit.addEventListener('abort', () => resolve(null)));
  const ended = Promise.race([world.ended, late]).finally(() => (isOver = true));
  return { ended, now: () => isOver };
}

/**
 * Strikes until the run is over, or as often as it may; faults that last overlap others. None strikes before the run has got on since
 * the last one: what nobody is there to feel is no fault.
 */
async function strikeAll(playing: Playing, world: World, over: Over): Promise<Struck[]> {
  const { random, deck } = playing;
  const struck: Struck[] = [];
  const going: Promise<void>[] = [];
  const busy = new Set<string>();
  let last = { at: performance.now(), pause: random.below(BETWEEN_MS), before: signsOf(world.home, world.run) };
  const isTime = (): boolean => {
    const since = performance.now() - last.at;
    if (since < last.pause) return false;
    return since > PATIENCE_MS || gotOn('any', last.before, signsOf(world.home, world.run));
  };
  while (!over.now() && struck.length < playing.most) {
    await delay(LOOK_MS);
    if (!isTime()) continue;
    const ready = deck.filter((kind) => !busy.has(laneOf(kind)) && kind.ready(world));
    const kind = ready.find(({ rare }) => rare) ?? ready[0];
    if (!kind) continue;
    deck.splice(deck.indexOf(kind), 1);
    playing.log(kind.name);
    const before = signsOf(world.home, world.run);
    const one = strikeOnce({ playing, world, over, struck, busy, before }, kind);
    one.catch(() => undefined); // awaited below
    going.push(one);
    last = { at: performance.now(), pause: BETWEEN_MS / 2 + random.below(BETWEEN_MS), before };
  }
  await over.ended;
  await Promise.all(going);
  return struck;
}

const laneOf = ({ lane, name }: FaultClass): string => lane ?? name;

interface Striking {
  playing: Playing;
  world: World;
  over: Over;
  struck: Struck[];
  busy: Set<string>;
  before: Signs;
}

/** One that came to nothing goes back to the deck. */
async function strikeOnce({ playing, world, over, struck, busy, before }: Striking, kind: FaultClass): Promise<void> {
  const one: Struck = { name: kind.name, waited: null };
  struck.push(one);
  busy.add(laneOf(kind));
  const sign = untilSign(world, { kind, before, over });
  const hit = await kind.strike(world);
  busy.delete(laneOf(kind));
  if (hit === false) {
    struck.splice(struck.indexOf(one), 1);
    playing.deck.push(kind);
  }
  one.waited = await sign;
}

/** Seconds from now until the run has got on. */
async function untilSign(
  world: World,
  { kind, before, over }: { kind: FaultClass; before: Signs; over: Over },
): Promise<number | null> {
  const began = performance.now();
  while (!over.now() && performance.now() - began < SIGN_MS) {
    await delay(50);
    if (gotOn(kind.sign, before, signsOf(world.home, world.run))) return (performance.now() - began) / 1000;
  }
  return null;
}

function gotOn(sign: FaultClass['sign'], before: Signs, now: Signs): boolean {
  const turn = [...now.turns].some(([name, turns]) => turns > (before.turns.get(name) ?? 0));
  const verdict = now.verdicts > before.verdicts;
  const step = now.steps > before.steps;
  return { turn, verdict, step, any: turn || verdict || step }[sign];
}

/** Processes that outlive their run; those that are just ending are waited for. */
async function leftRunning(home: string): Promise<string[]> {
  for (let tries = 0; tries < 100 && processesOf(home).length > 0; tries += 1) await delay(100);
  return processesOf(home).map((pid) => `process ${pid} is left`);
}

/** The run of the same recipe that nothing happens to. */
export async function playUndisturbed(
  options: Pick<Playing, 'home' | 'size' | 'random' | 'paceMs'>,
  read: (home: string, run: string) => Promise<Undisturbed>,
): Promise<Undisturbed> {
  const world = openWorld(options);
  const code = await world.ended;
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${world.text.err}`);
  const expected = await read(options.home, world.run);
  rmSync(options.home, { recursive: true, force: true });
  return expected;
}
