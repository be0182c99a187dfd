import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../core/random.ts';
import { problemsOf, type Undisturbed } from './checks.ts';
import type { FaultClass } from './classes.ts';
import { watchJournals } from './journals.ts';
import { processesOf } from './processes.ts';
import { signsOf, type Signs } from './progress.ts';
import { faultRecipe } from './recipe.ts';
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
  expected: Undisturbed;
  size: number;
  /** Faults of this run at most. */
  most: number;
  paceMs: number;
  log(line: string): void;
}

const BETWEEN_MS = 1500;
const LIMIT_MS = 15 * 60_000;
const SIGN_MS = 60_000;

/** One run with faults: strikes while it runs, lets it end, and says what is wrong with it. */
export async function playFaulted(playing: Playing): Promise<Outcome> {
  const { home, random } = playing;
  const began = performance.now();
  const recipe = faultRecipe(playing.size);
  const world = openWorld({ home, recipe, random, paceMs: playing.paceMs });
  const journals = watchJournals(home);
  const limit = AbortSignal.timeout(LIMIT_MS);
  const over = endOf(world, limit);
  const struck = await strikeAll(playing, world, over);
  const code = await over.ended;
  if (code === null) await world.stop();
  const { twice, seen } = journals.close();
  const problems = [
    ...(code === 0 ? [] : [`the run ended with ${code ?? 'the time limit'}: ${world.text.err.slice(-500)}`]),
    ...(code === 0 ? await problemsOf(home, world.run, playing.expected) : []),
    ...twice.map((call) => `executed twice: ${call}`),
    ...(seen === 0 ? ['no journal was seen'] : []),
    ...(await leftRunning(home)),
  ];
  const { resumed, restarted } = world.interventions;
  const redone = redoneTurns(home, world.run);
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

async function strikeAll(playing: Playing, world: World, over: Over): Promise<Struck[]> {
  const struck: Struck[] = [];
  const watches: Promise<void>[] = [];
  let next = performance.now() + playing.random.below(BETWEEN_MS);
  while (!over.now() && struck.length < playing.most) {
    await delay(20);
    if (performance.now() < next) continue;
    const index = playing.deck.findIndex((kind) => kind.ready(world));
    const [kind] = index < 0 ? [] : playing.deck.splice(index, 1);
    if (!kind) continue;
    const one: Struck = { name: kind.name, waited: null };
    struck.push(one);
    const before = signsOf(world.home, world.run);
    playing.log(kind.name);
    watches.push(untilSign(world, { kind, before, over }).then((waited) => void (one.waited = waited)));
    await kind.strike(world);
    next = performance.now() + BETWEEN_MS / 2 + playing.random.below(BETWEEN_MS);
  }
  await over.ended;
  await Promise.all(watches);
  return struck;
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
  const recipe = faultRecipe(options.size);
  const world = openWorld({ ...options, recipe });
  const code = await world.ended;
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${world.text.err}`);
  const expected = await read(options.home, world.run);
  rmSync(options.home, { recursive: true, force: true });
  return expected;
}
