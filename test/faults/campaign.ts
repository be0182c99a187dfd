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
  const { folder, size, log, only } = campaign;
  const random = createRandom(campaign.seed);
  const classes = CLASSES.filter(({ name }) => only === undefined || name.includes(only));
  const count = campaign.count ?? classes.length;
  const once = campaign.count === undefined ? random.shuffle(classes) : undefined;
  const common = { size, random, paceMs: PACE_MS };
  log('an undisturbed run, to compare with');
  const expected = await playUndisturbed({ ...common, home: join(folder, 'u') }, undisturbedIn);
  const outcomes: Outcome[] = [];
  let struck = 0;
  let idle = 0;
  for (let run = 1; struck < count && idle < MOST_IDLE_RUNS; run += 1) {
    const home = join(folder, String(run));
    log(`run ${run}`);
    const before = struck;
    const outcome = await playFaulted({
      ...common,
      home,
      deck: once ?? deckOf(random, classes),
      expected,
      most: Math.min(PER_RUN, count - struck),
      log: (line) => log(`  ${line}`),
    });
    outcomes.push(outcome);
    campaign.onOutcome?.(outcome);
    struck += outcome.struck.length;
    idle = struck === before ? idle + 1 : 0;
    if (isSound(outcome)) rmSync(home, { recursive: true, force: true });
  }
  return outcomes;
}

/** Every class, and every class again, each time in an order of its own. */
const deckOf = (random: Random, classes: readonly FaultClass[]): FaultClass[] => [
  ...random.shuffle(classes),
  ...random.shuffle(classes),
];
