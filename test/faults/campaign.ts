import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../core/random.ts';
import { undisturbedIn } from './checks.ts';
import { CLASSES, type FaultClass } from './classes.ts';
import { playFaulted, playUndisturbed, type Outcome } from './play.ts';
import { isSound } from './table.ts';

export interface Campaign {
  /** A folder for the runs' homes; that of a run that was not sound stays. */
  folder: string;
  seed: number;
  /** How long a run lasts, about: see recipe.ts. */
  size: number;
  /** Faults in all; every class once where it is not given. */
  count?: number;
  /** Runs that play at the same time; more than one for every class once. The first place is at first the undisturbed run's. */
  atOnce?: number;
  /** Only classes whose name has this. */
  only?: string | undefined;
  log(line: string): void;
  /** Told of every run that has ended. */
  onOutcome?(outcome: Outcome): void;
}

const PER_RUN = 40;
const PACE_MS = 40;
const MOST_IDLE_RUNS = 3;

/** Runs with faults in them, until so many have struck, each compared with the same run undisturbed. */
export async function runCampaign(campaign: Campaign): Promise<Outcome[]> {
  const { folder, size, log, only, atOnce = 1 } = campaign;
  const random = createRandom(campaign.seed);
  const classes = CLASSES.filter(({ name }) => only === undefined || name.includes(only));
  const once = campaign.count === undefined ? random.shuffle(classes) : undefined;
  const common = { size, random, paceMs: PACE_MS };
  log('an undisturbed run, to compare with');
  const expected = playUndisturbed({ ...common, home: join(folder, 'u') }, undisturbedIn);
  expected.catch(() => undefined); // whoever compares hears of it
  const outcomes: Outcome[] = [];
  let runs = 0;
  let left = campaign.count ?? classes.length;

  const hasMore = (): boolean => left > 0 && once?.length !== 0;

  async function playOne(): Promise<Outcome> {
    runs += 1;
    const run = String(runs);
    const home = join(folder, run);
    log(`run ${run}`);
    const outcome = await playFaulted({
      ...common,
      home,
      deck: once ?? deckOf(random, classes).slice(0, Math.min(PER_RUN, left)),
      expected,
      most: Math.min(PER_RUN, left),
      log: (line) => log(`  ${line}`),
    });
    left -= outcome.struck.length;
    outcomes.push(outcome);
    campaign.onOutcome?.(outcome);
    if (isSound(outcome)) rmSync(home, { recursive: true, force: true });
    return outcome;
  }

  /** What another lane is striking with comes back to the deck where it comes to nothing, and that lane plays on. */
  async function playOn(after: unknown): Promise<void> {
    await after;
    for (let idle = 0; hasMore() && idle < MOST_IDLE_RUNS;) {
      idle = (await playOne()).struck.length === 0 ? idle + 1 : 0;
    }
  }

  await Promise.all(Array.from({ length: atOnce }, (_, lane) => playOn(lane === 0 ? expected : undefined)));
  return outcomes;
}

/**
 * Every class, and every class again, each time in an order of its own. A run gets no more of it than may strike: those that find
 * something to strike at only late, where a policy is served, would never have their turn.
 */
const deckOf = (random: Random, classes: readonly FaultClass[]): FaultClass[] => [
  ...random.shuffle(classes),
  ...random.shuffle(classes),
];
