import type { PaperSummary } from '../../core/factory/board.ts';
import type { PaperCost } from '../../core/factory/outcome.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Beat } from '../agent/heartbeat.ts';
import type { Store } from '../store.ts';
import { askOne } from './ask.ts';
import { makeTask, type MadeTask, type MakeTaskDependencies } from './make-task.ts';
import { planRubric, type NumberedCall, type RubricPlan } from './plan-rubric.ts';
import { readPaper, type ReadPaperDependencies } from './read-paper.ts';

/** For so long further calls are begun; then the paper's workflow hears what they cost, and its next activity goes on. */
const SLICE_MS = 60_000;

/** A task that was made or not, or calls that are still to be made: later, or once the factory is no longer held. */
export type BuiltTask = MadeTask | { goesOn: 'later' | 'held'; answered: number; cost: PaperCost };

interface Building {
  place: PaperPlace;
  /** Calls at a time. */
  calls: number;
}

type Dependencies = MakeTaskDependencies & ReadPaperDependencies;

/**
 * Reads the paper, asks what is planned, call after call, and writes the task when nothing is left to ask. Every answer is in the
 * store before anything is done with it, so whoever goes on pays at most for the calls that were in flight.
 */
export async function buildTask(deps: Dependencies, building: Building, beat: Beat): Promise<BuiltTask> {
  const { store, part } = deps;
  const { place } = building;
  const drop = (await isRead(store, place)) ? null : await read(deps, place, beat);
  if (drop) return { ended: drop };
  const material = await deps.material(place);
  // Held for as long as it is built from: other papers must not push it out of what the process remembers.
  const own = { ...deps, material: () => Promise.resolve(material) };
  const round: Round = { ...own, ...building, ...beat, until: performance.now() + SLICE_MS };
  let plan = await planRubric(store, place, { material, settings: part.factory });
  while (plan.calls.length > 0) {
    const why = await whyNot(round);
    if (why) return { goesOn: why, answered: plan.answered, cost: plan.cost };
    plan = await askRound(round, plan);
  }
  return makeTask(own, place);
}

/** Its first calls are planned once it is read. */
const isRead = (store: Store, place: PaperPlace): Promise<boolean> => store.exists(taskKeys.plan(place));

/** The paper's end, where it is none that a task is made of. */
async function read(deps: Dependencies, place: PaperPlace, beat: Beat): Promise<PaperSummary | null> {
  const result = await readPaper(deps, { place, settings: deps.part.factory, ...beat });
  return 'dropped' in result ? result.dropped : null;
}

type Round = MakeTaskDependencies & Building & Beat & { until: number };

/** Why no further call is begun now. */
async function whyNot({ store, place, until, signal }: Round): Promise<'later' | 'held' | undefined> {
  signal.throwIfAborted();
  if (await isHeld(store, place.run)) return 'held';
  return performance.now() < until ? undefined : 'later';
}

/** The calls of one plan, some at a time. One that fails lets the others come to their end, because they are paid for. */
async function askRound(round: Round, plan: RubricPlan): Promise<RubricPlan> {
  const waiting = [...plan.calls];
  const plans = [plan];
  const askNext = async (): Promise<void> => {
    while (waiting.length > 0 && !(await whyNot(round))) {
      const call = waiting.shift();
      if (call) plans.push(await ask(round, call));
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: round.calls }, askNext));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  // Whoever was answered last has seen the answers of all.
  return plans.reduce((last, one) => (one.answered > last.answered ? one : last));
}

async function ask(round: Round, call: NumberedCall): Promise<RubricPlan> {
  const { part, place, progress, signal } = round;
  const model = (name: string) => round.model(part, name);
  const plan = await askOne(round, { place, call, settings: part.factory, model }, signal);
  progress({ answered: plan.answered, last: call.name });
  return plan;
}

const isHeld = (store: Store, run: string): Promise<boolean> => store.exists(taskKeys.held(run));

/** Notes that no paper of the run may begin another call, or that they may again. */
export async function holdPapers(store: Store, { run, held }: { run: string; held: boolean }): Promise<void> {
  if (held) await store.writeJson(taskKeys.held(run), { held });
  else await store.remove(taskKeys.held(run));
}
