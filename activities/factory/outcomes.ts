import type { PaperSummary } from '../../core/factory/board.ts';
import type { Drop } from '../../core/factory/drop.ts';
import { noPaperCost, outcome as outcomeSchema, type Outcome, type PaperCost } from '../../core/factory/outcome.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Store } from '../store.ts';
import { readAnswers } from './calls.ts';
import { readPaperRecord } from './material.ts';

/** The outcome of a paper, or undefined while it has none. */
export async function readOutcome(store: Store, place: PaperPlace): Promise<Outcome | undefined> {
  const found = await store.readJson(taskKeys.outcome(place));
  return found === undefined ? undefined : outcomeSchema.parse(found);
}

export const summaryOf = ({ paper, outcome, leaves, cost, drop, reason, from }: Outcome): PaperSummary => ({
  paper,
  outcome,
  leaves,
  cost,
  why: drop?.reason ?? reason,
  ...(from === undefined ? {} : { from }),
});

interface Ending {
  outcome: Outcome['outcome'];
  drop?: Drop;
  reason?: string;
  leaves?: number;
  cost: PaperCost;
}

/** Writes a paper's outcome unless it has one: the first stands. */
export async function recordOutcome(store: Store, place: PaperPlace, ending: Ending): Promise<PaperSummary> {
  const before = await readOutcome(store, place);
  if (before) return summaryOf(before);
  const { title } = await readPaperRecord(store, place);
  const { outcome, drop = null, reason = null, leaves = 0, cost } = ending;
  const ended: Outcome = { paper: place.paper, title, outcome, drop, reason, leaves, cost };
  await store.writeJson(taskKeys.outcome(place), ended);
  return summaryOf(ended);
}

/** A paper that is given up, for a reason that is data. */
export const recordDrop = async (store: Store, place: PaperPlace, drop: Drop): Promise<PaperSummary> =>
  recordOutcome(store, place, { outcome: 'dropped', drop, cost: await costOf(store, place) });

export interface Unmade {
  place: PaperPlace;
  outcome: 'failed' | 'cancelled';
  reason: string;
}

/** A paper that came to nothing for a reason of infrastructure; it is tried again when the run goes on. */
export const recordUnmade = async (store: Store, { place, outcome, reason }: Unmade): Promise<PaperSummary> =>
  recordOutcome(store, place, { outcome, reason, cost: await costOf(store, place) });

async function costOf(store: Store, place: PaperPlace): Promise<PaperCost> {
  const answers = await readAnswers(store, place);
  return answers.calls.length === 0 ? noPaperCost() : answers.cost;
}
