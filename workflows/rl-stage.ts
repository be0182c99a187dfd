import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { endOf, factsKept } from '../core/curriculum.ts';
import type { StageReport } from '../core/report.ts';
import type { StageEnd } from '../core/rl-report.ts';
import { noCost } from '../core/nothing.ts';
import { newGroup, trained, type Group } from '../core/rl-state.ts';
import type { Cost } from '../core/status.ts';
import type { BatchFigures } from '../activities/rl/prepare-step.ts';
import { preparingStep, stageKeeping, syncing, training } from './proxies.ts';
import { hear, playing, takeDesk, type RlDesk, type RlStageInput } from './rl-desk.ts';
import { completeGroups, endRollouts, start, whileSlotsAreKeptFull } from './rl-rollouts.ts';
import { showStep, tellRun } from './rl-show.ts';
import { take } from './tuned.ts';

export type { RlStageInput } from './rl-desk.ts';

/**
 * RL at one timeout. Groups of rollouts stream; when B of them are complete they are the batch of a step, and the policy is
 * updated. Each step is one execution: what is in flight plays on, and reports to whichever execution is there by then.
 */
export async function rlStage(input: RlStageInput): Promise<StageReport> {
  // Listens for pause, resume, tune, approve, and for rollouts that report.
  const desk = takeDesk(input);
  try {
    if (!input.carried) await findPlace(desk);
    if (input.close) return await finish(desk, 'cancelled');
    if (whyEnded(desk) === null) await makeStep(desk);
    const end = whyEnded(desk);
    if (end !== null) return await finish(desk, end);
    await condition(allHandlersFinished);
    // One that waits for its provider waits for this stage to park: the next execution would know nothing of it.
    if (desk.refused) throw desk.refused;
  } catch (error) {
    await CancellationScope.nonCancellable(() => leave(desk, error));
    throw error;
  }
  return continueAsNew<typeof rlStage>(carriedOn(desk));
}

/** One step of the algorithm. */
async function makeStep(desk: RlDesk): Promise<void> {
  showStep(desk);
  // The engines are brought to the checkpoint that the last step left.
  await desk.meter.timed('sync', () => syncEngines(desk));
  // Rollouts are admitted, the oldest groups first, while places and staleness allow: also while the policy is trained.
  await whileSlotsAreKeptFull(desk, async () => {
    // The batch is the oldest B complete groups; the rest is carried over.
    const batch = await completeGroups(desk);
    desk.meter.complete();
    await tellRun(desk);
    desk.spending.demand(nextJob(desk));
    const update = await desk.meter.timed('train', () => train(desk, batch));
    await closeStep(desk, batch, update);
  });
  await tellRun(desk);
}

/** Why the stage is at its end: its steps are done, or a rule of the curriculum or an operator says so. */
const whyEnded = ({ stage, state, facts, board, approved }: RlDesk): StageEnd | null =>
  endOf(stage, { done: state.done, facts, cost: board.cost, approved });

/** Where the stage stands is in the store. What an earlier execution left in flight is found again, and may go on. */
async function findPlace(desk: RlDesk): Promise<void> {
  const { run, stage, recipe } = desk;
  const options = { summary: 'looks where the stage stands' };
  const asked = { run, stage, recipe, ...(desk.close ? { closes: true } : {}) };
  const found = await stageKeeping().openRlStage.executeWithOptions(options, [asked]);
  const { state, facts, counts, tuned = {} } = found;
  Object.assign(desk, { state, facts, tuned });
  take(desk, tuned);
  Object.assign(desk.board, counts);
  const early = desk.early ?? [];
  desk.early = null;
  for (const report of early) hear(desk, report);
  const left = playing(desk.state);
  if (desk.close) return;
  if (left.length > 0) {
    desk.board.planned -= left.length;
    await start(desk, left);
  }
  // The store may still say that the stage is paused, of an execution that was, or that failed. Before this patch it went on saying so
  // where nothing was in flight, and what was admitted then waited for ever.
  if (left.length > 0 || patched('begins-with-its-own-knobs')) await desk.noteKnobs();
}

/** The saga: commit the checkpoint, then let each engine pause, update, say what it has, and go on. */
async function syncEngines({ run, stage, state, recipe }: RlDesk): Promise<void> {
  const options = { summary: `brings the engines to ${state.checkpoint}` };
  await syncing().syncWeights.executeWithOptions(options, [
    { run, name: stage.name, checkpoint: state.checkpoint, recipe },
  ]);
}

/** What the next update is thought to take: as much as the last one. */
const nextJob = ({ jobSeconds = 0 }: RlDesk): Cost => ({ ...noCost(), gpuSeconds: jobSeconds });

interface Update {
  checkpoint: string;
  trained: boolean;
  metrics: Record<string, number>;
  figures: BatchFigures;
}

/** One update on the windows of the batch; none where no rollout was better than its group. */
async function train(desk: RlDesk, batch: Group[]): Promise<Update> {
  const { run, stage, state, recipe } = desk;
  const { checkpoint } = state;
  const step = state.done + 1;
  const name = `${stage.name}-${step}`;
  const { job, figures } = await preparingStep().prepareRlStep.executeWithOptions(
    { summary: `makes the batch of step ${step}` },
    [{ run, stage, step, checkpoint, batch, recipe }],
  );
  if (!job) return { checkpoint, trained: false, metrics: {}, figures };
  const { stuckAfter } = stage.training;
  const { metrics, seconds } = await training().runJob.executeWithOptions(
    { summary: `step ${step}: ${figures.rows} windows of ${figures.score.n} rollouts` },
    [{ run, name, parent: checkpoint, dataset: name, reference: stage.from, job, stuckAfter, heartbeat: '30s' }],
  );
  desk.jobSeconds = seconds;
  desk.board.cost.gpuSeconds += seconds;
  return { checkpoint: name, trained: true, metrics, figures };
}

/** Writes down what the step did, which makes it done, and plans the groups that are allowed now. */
async function closeStep(desk: RlDesk, batch: Group[], update: Update): Promise<void> {
  const { run, stage, recipe, lost } = desk;
  const { figures, metrics } = update;
  const state = trained(desk.state, batch, update.checkpoint);
  const { done, checkpoint, rounds } = state;
  const measured = { ...desk.meter.read(stage.concurrency), lost, metrics };
  const closed = await stageKeeping().closeRlStep({
    run,
    stage,
    recipe,
    state: { done, checkpoint, rounds },
    batch,
    trained: update.trained,
    figures,
    measured,
  });
  for (const { step, tasks } of closed.rounds) {
    state.groups.push(...tasks.map((task) => newGroup(step, task, stage.rolloutsPerTask)));
    state.rounds = step;
  }
  desk.state = state;
  desk.facts = [...desk.facts, closed.facts].slice(-factsKept(stage.ends));
}

/** Drains, closes the ledger and gives the last checkpoint the stage's name. */
async function finish(desk: RlDesk, endedBy: StageEnd): Promise<StageReport> {
  await endRollouts(desk);
  const { workflowId, runId, startTime } = workflowInfo();
  const { run, stage, state, recipe, board } = desk;
  const report = await stageKeeping().finishRlStage({
    run,
    stage,
    recipe,
    endedBy,
    checkpoint: state.checkpoint,
    startedAt: board.startedAt ?? startTime.toISOString(),
    workflow: { workflowId, runId },
  });
  const { planned, scored, infraFailed, cancelled, meanScore } = report;
  Object.assign(board, { planned, scored, infraFailed, cancelled, meanScore, inFlight: 0 });
  await tellRun(desk);
  return report;
}

/** Cancelled, the stage is closed as it is. Failed, it waits for an operator, and its rollouts let go of their workers. */
async function leave(desk: RlDesk, error: unknown): Promise<void> {
  if (desk.early) return; // it is not known what there is to leave
  if (isCancellation(error)) {
    await finish(desk, 'cancelled');
    return;
  }
  desk.board.state = 'paused';
  await desk.noteKnobs();
  await tellRun(desk);
}

function carriedOn({ gate, spending, ...desk }: RlDesk): RlStageInput {
  const { run, stage, recipe, heartbeat, gpus, maxInfraFailedShare, admission } = desk;
  const { state, facts, board, approved, jobSeconds, tuned } = desk;
  const took = { ...(jobSeconds !== undefined && { jobSeconds }), ...(tuned && { tuned }) };
  const carried = { state, facts, board, approved, ...took, gate: gate.gate };
  const common = { run, stage, recipe, heartbeat, gpus, maxInfraFailedShare, admission };
  return { ...common, spending: spending.now(), carried };
}
