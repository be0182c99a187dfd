import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { factoryBoard, type FactoryBoard } from '../core/factory/board.ts';
import type { FactoryKnobs } from '../core/factory/knobs.ts';
import type { Artifact } from '../core/record.ts';
import type { StageReport } from '../core/report.ts';
import { takeFactoryDecisions } from './factory-decisions.ts';
import { factoryDesk, showFactory, takeUp, tellRun, type FactoryDesk } from './factory-desk.ts';
import { makePapers } from './factory-window.ts';
import { aborted, rootCause, tooFewMade } from './failures.ts';
import { researching } from './proxies.ts';
import type { Spending } from './spending.ts';

export interface FactoryInput {
  run: string;
  recipe: Artifact;
  knobs: FactoryKnobs;
  /** As a stage of a run that has a budget. */
  spending?: Spending | undefined;
  /** Set where the factory goes on in a new execution: what was counted so far. */
  state?: FactoryState;
}

export interface FactoryState {
  board: FactoryBoard;
  approved: boolean;
  /** Dollars at which it waits for a person; null: never. */
  waitsAt: number | null;
}

/**
 * Papers become tasks, in a window of `concurrency`, one child each. Started by itself its input is a factory's recipe, and its
 * workflow id names the run; as a stage of `train` it has been begun, and its run is told how far it is.
 */
export async function researchFactory(given: unknown): Promise<StageReport> {
  const before = isBegun(given) ? given : undefined;
  const fresh = { board: factoryBoard(workflowInfo().startTime.toISOString()), approved: false };
  const desk = factoryDesk(before?.run ?? workflowInfo().workflowId, before?.state ?? fresh, before?.spending);
  takeFactoryDecisions(desk);
  const input = before ?? (await begin(given));
  takeUp(desk, input.knobs, input.state?.waitsAt);
  try {
    await desk.scope.run(async () => {
      if (!input.state) await find(input);
      await makeAll(input, desk);
    });
  } catch (error) {
    if (!isCancellation(error)) throw rootCause(error);
    await CancellationScope.nonCancellable(() => close(input, desk, 'cancelled'));
    throw desk.abortReason === undefined ? error : aborted(desk.abortReason);
  }
  const report = await close(input, desk, 'completed');
  const { found, failed } = desk.board.papers;
  if (failed > input.knobs.maxFailedShare * found) throw tooFewMade(failed, found);
  return report;
}

const isBegun = (given: unknown): given is FactoryInput =>
  typeof given === 'object' && given !== null && 'knobs' in given && 'run' in given;

/** Resolves the recipe of a factory that is a run of its own. */
async function begin(recipe: unknown): Promise<FactoryInput> {
  const { workflowId, runId } = workflowInfo();
  const options = { summary: 'reads the recipe and fills in its defaults' };
  const asked = { run: workflowId, recipe, workflow: { workflowId, runId } };
  try {
    return { run: workflowId, ...(await researching().startFactory.executeWithOptions(options, [asked])) };
  } catch (error) {
    throw rootCause(error);
  }
}

/** Finds the papers, and takes those up again that failed in an earlier execution. */
async function find({ run, recipe }: FactoryInput): Promise<void> {
  const options = { summary: 'asks the sources for papers' };
  await researching().collectPapers.executeWithOptions(options, [{ run, recipe }]);
  await researching().takeUpAgain.executeWithOptions({ summary: 'looks for papers that failed before' }, [{ run }]);
}

/** Makes the papers that have no outcome, a page of them in one execution. */
async function makeAll({ run, recipe }: FactoryInput, desk: FactoryDesk): Promise<void> {
  const plan = await researching().planPapers({ run, recipe });
  Object.assign(desk.board, plan.counts);
  await makePapers({ run, recipe, desk, waiting: [...plan.pending], making: new Set(), refused: undefined });
  // A drain between pages costs some idle slots once in so many papers, and keeps every history far from its limit.
  if (!plan.more) return;
  await condition(allHandlersFinished);
  const { board, approved, waitsAt, knobs } = desk;
  const spending = desk.spending.now();
  await continueAsNew<typeof researchFactory>({ run, recipe, knobs, spending, state: { board, approved, waitsAt } });
}

async function close(input: FactoryInput, desk: FactoryDesk, state: 'completed' | 'cancelled'): Promise<StageReport> {
  const { run, recipe } = input;
  const { workflowId, runId, startTime } = workflowInfo();
  const report = await researching().closeFactory({
    run,
    recipe,
    state,
    startedAt: desk.board.startedAt ?? startTime.toISOString(),
    workflow: { workflowId, runId },
    papers: desk.board.papers,
  });
  desk.board.state = state === 'completed' ? 'completed' : 'aborted';
  showFactory(desk);
  await tellRun(desk);
  return report;
}
