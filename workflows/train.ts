import { CancellationScope, isCancellation, log, patched, workflowInfo } from '@temporalio/workflow';
import type { StageReport } from '../core/report.ts';
import { playsAlongside, stagesOf, type RlStage, type Stage } from '../core/stages.ts';
import type { RunStatus } from '../core/status.ts';
import type { Adopted } from '../activities/bookkeeping/adopt-run.ts';
import type { StartedRun } from '../activities/bookkeeping/start-run.ts';
import { lane } from './beside.ts';
import { aborted, reasonOf, rootCause } from './failures.ts';
import { operatorDesk, type Desk } from './operator.ts';
import { adopting, bookkeeping } from './proxies.ts';
import { inputOf, playChild, startChild } from './stage-child.ts';
import { startWhenFree } from './start-when-free.ts';

/**
 * A run: the stages of its recipe, one after the other, each a child workflow; evaluations may play alongside. When a stage's
 * retries run out the run parks and waits for an operator. The input is the recipe; the run's name is the workflow's id.
 */
export async function train(recipe: unknown): Promise<RunStatus> {
  const run = workflowInfo().workflowId;
  const desk = operatorDesk(run);
  const evaluations = lane<Stage>(desk);
  try {
    const started = await startRun(run, recipe);
    const stages = stagesOf(started.recipe);
    desk.expect(stages, started);
    const running = { ...started, done: await adoptDone(run, started) };
    for (const stage of stages) {
      if (goesBeside(running, stage)) evaluations.add(stage, besides(desk, running, stage));
      else await runStage(desk, running, stage);
    }
    await evaluations.end((failed) => playOn(desk, running, failed));
    await desk.settled();
    await bookkeeping().writeReport({ run });
    await desk.tell('completed', 'the run is complete');
    return desk.finish('completed');
  } catch (error) {
    const { abortReason } = desk.state;
    if (abortReason === undefined && !isCancellation(error)) throw await failed(desk, error);
    await CancellationScope.nonCancellable(() => evaluations.settled());
    desk.finish('aborted');
    await CancellationScope.nonCancellable(async () => {
      await bookkeeping().writeReport({ run });
      await desk.tell('aborted', abortReason ?? 'the run was cancelled');
    });
    throw abortReason === undefined ? error : aborted(abortReason);
  }
}

/** What a run could not park for: a store that is gone, a recipe that is none. Gives back what to throw. */
async function failed(desk: Desk, error: unknown): Promise<unknown> {
  if (patched('failures-are-told')) await desk.tell('failed', reasonOf(error));
  return rootCause(error);
}

/** Resolves the recipe once, so that history holds the whole of it, and makes the tasks. */
async function startRun(run: string, recipe: unknown): Promise<StartedRun> {
  const { workflowId, runId } = workflowInfo();
  const options = { summary: 'reads the recipe and fills in its defaults' };
  const started = await bookkeeping().startRun.executeWithOptions(options, [
    { run, recipe, workflow: { workflowId, runId } },
  ]);
  if (started.recipe.tasks.type !== 'factory') await prepareTasks(started, run);
  return started;
}

const prepareTasks = (started: StartedRun, run: string): Promise<void> =>
  bookkeeping().prepareTasks.executeWithOptions({ summary: 'makes the tasks' }, [{ run, recipe: started.artifact }]);

/** The stages that need not be done again: of this run where it is begun anew, and of one that it resumes or forks. */
async function adoptDone(run: string, { recipe, artifact, continued }: StartedRun): Promise<Done> {
  if (!continued && recipe.resumeFrom === undefined && recipe.forkFrom === undefined) return new Map();
  const options = { summary: 'finds what need not be done again' };
  const { stages } = await adopting().adoptRun.executeWithOptions(options, [{ run, recipe: artifact }]);
  return new Map(stages.map((stage) => [stage.stage, stage]));
}

type DoneStage = Adopted['stages'][number];
type Done = ReadonlyMap<string, DoneStage>;
type Running = StartedRun & { done: Done };

/** Runs one stage to its end, past the gates where a person must approve. */
async function runStage(desk: Desk, started: Running, stage: Stage): Promise<void> {
  const { approve } = started.recipe;
  const done = started.done.get(stage.name);
  // The tasks of a factory that need not work again are still to be chosen and copied, and may not suffice.
  if (done) return takeDone(desk, started, { stage, done });
  if (approve?.before.includes(stage.name) && (await desk.approval(stage.name, 'before')) === 'skip') {
    return giveUp(desk, started, stage);
  }
  await playOn(desk, started, { stage });
  if (approve?.after.includes(stage.name)) await desk.approval(stage.name, 'after');
}

/** Of a stage that need not be done again, what is left: its tasks, and that a person approves of what it did. */
async function takeDone(desk: Desk, running: Running, { stage, done }: { stage: Stage; done: DoneStage }) {
  if (stage.type === 'factory') await playOn(desk, running, { stage });
  else desk.reuse(done);
  const { approve } = running.recipe;
  if (!approve?.after.includes(stage.name) || isGoneBeyond(running, stage)) return;
  // Before this patch a run that was begun again passed the gate that it had waited at.
  if (patched('gates-of-done-stages')) await desk.approval(stage.name, 'after');
}

/** Whether the next stage has been done too: somebody has approved then, and there is nothing left to hold up. */
function isGoneBeyond({ recipe, done }: Running, { name }: Stage): boolean {
  const stages = stagesOf(recipe);
  const next = stages
    .slice(stages.findIndex((stage) => stage.name === name) + 1)
    .find((stage) => !playsAlongside(stage));
  return next !== undefined && done.has(next.name);
}

/**
 * Whether a stage plays beside the others; one that a person must approve does not. Nor does any where there is a budget: two stages
 * that know nothing of what the other has in flight could exceed it together.
 */
function goesBeside({ recipe: { approve, budget }, done }: Running, stage: Stage): boolean {
  const isGated = approve?.before.includes(stage.name) || approve?.after.includes(stage.name);
  if (!playsAlongside(stage) || isGated || done.has(stage.name)) return false;
  return budget === undefined || !patched('a-budget-is-spent-in-line');
}

const besides = (desk: Desk, running: Running, stage: Stage) => ({
  play: (): Promise<StageReport> => startWhenFree(() => playChild(desk, running, stage)),
  giveUp: (): Promise<void> => giveUp(desk, running, stage),
});

interface Going {
  stage: Stage;
  /** Of a stage that has failed before, beside the others. */
  failure?: unknown;
}

/** Where a stage fails, or would exceed the budget, the run parks until an operator says how to go on. */
async function playOn(desk: Desk, running: Running, { stage, failure }: Going): Promise<void> {
  if (failure !== undefined && (await decide(desk, running, { stage, failure })) === 'skip') return;
  for (;;) {
    await desk.begin(stage.name);
    try {
      desk.demandBudget();
      const report = await desk.cancellable(() => startWhenFree(() => playToItsEnd(desk, running, stage)));
      const done = running.done.get(stage.name);
      return done ? desk.reuse(done) : desk.close(stage.name, 'completed', report);
    } catch (error) {
      const { abortReason, skip } = desk.state;
      if (abortReason !== undefined || (isCancellation(error) && skip !== stage.name)) throw error;
      if (skip === stage.name) return giveUp(desk, running, stage);
      if ((await decide(desk, running, { stage, failure: error })) === 'skip') return;
    }
  }
}

/** Parks until an operator says how to go on; where it is not with this stage, the stage is given up. */
async function decide(desk: Desk, running: Running, { stage, failure }: Going): Promise<'resume' | 'skip'> {
  try {
    if ((await desk.park(stage.name, reasonOf(failure))) === 'resume') return 'resume';
  } catch (error) {
    // Before this patch a run that was cancelled as a workflow while it was parked left this stage's ledger open.
    if (!isCancellation(error) || !patched('cancelled-while-parked')) throw error;
    await CancellationScope.nonCancellable(() => letGo(desk, running, stage));
    throw error;
  }
  await letGo(desk, running, stage);
  if (desk.state.abortReason !== undefined) throw failure;
  return 'skip';
}

/** Gives a stage up that has failed, with what it may have left in flight. */
async function letGo(desk: Desk, running: Running, stage: Stage): Promise<void> {
  if (stage.type === 'rl') await closeRl(desk, running, stage);
  await giveUp(desk, running, stage);
}

/** A stage that is given up has played some of its rollouts: its ledger is closed all the same. */
async function giveUp(desk: Desk, { artifact }: Running, stage: Stage): Promise<void> {
  const { run, abortReason, cancelled } = desk.state;
  const isSkipped = abortReason === undefined && !cancelled;
  const { workflowId, runId } = workflowInfo();
  await bookkeeping().endStage({
    run,
    stage,
    recipe: artifact,
    state: isSkipped ? 'skipped' : 'cancelled',
    startedAt: desk.startedAt(stage.name),
    workflow: { workflowId, runId },
  });
  if (isSkipped) desk.close(stage.name, 'skipped');
}

/** The tasks of a run whose factory makes them are there once it is done. */
async function playToItsEnd(desk: Desk, started: Running, stage: Stage): Promise<StageReport> {
  const report = started.done.get(stage.name)?.report ?? (await playChild(desk, started, stage));
  if (stage.type === 'factory' && report.state !== 'skipped') await prepareTasks(started, desk.state.run);
  return report;
}

/**
 * A stage of RL that failed has rollouts in flight, which wait, and a checkpoint: given up, those end, the ledger is closed, and
 * the checkpoint is left for what comes next.
 */
async function closeRl(desk: Desk, started: StartedRun, stage: RlStage): Promise<void> {
  try {
    const input = { ...inputOf(desk, started, stage), close: true };
    await CancellationScope.nonCancellable(() => startChild(desk.state.run, stage, input));
  } catch (error) {
    log.warn('the stage could not be closed', { stage: stage.name, reason: reasonOf(error) });
  }
}
