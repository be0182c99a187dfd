import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { seconds } from '../core/duration.ts';
import { rolloutId, type RolloutPlace } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import type { RolloutSummary } from '../activities/judge.ts';
import type { PlayedRecord } from '../activities/agent/played.ts';
import { reasonOf, rootCause } from './failures.ts';
import { tellingOfWait, type Tells } from './judge-wait.ts';
import { resumeRolloutSignal, rolloutEndedSignal } from './messages.ts';
import { agent, bookkeeping, cleanUp, judging, reproducing } from './proxies.ts';
import { untilBack } from './provider-away.ts';
import { isRefused, untilMended, type Resumes } from './refusals.ts';
import { attributes } from './search-attributes.ts';

export interface RolloutInput {
  place: RolloutPlace;
  policy: string;
  /** The time budget as the recipe writes it. */
  timeout: string;
  recipe: Artifact;
  heartbeat: string;
  gpus: number;
  /** Of its playing: 1 goes first, 3 is everyone's. */
  slotPriority?: number;
  /** Of its judging: 1 goes first. */
  judgePriority: number;
  /** How long it waits before it begins, for its stage to be spread in time. */
  delayMs?: number;
  /** Whom it tells when it waits for the judge. */
  tells?: Tells;
  /** The stage that it tells how it ended, where it is no child that the stage waits for. */
  reportTo?: string;
  /** The id of that stage's first execution since it was begun, or begun again when it was parked. */
  stageRun?: string;
}

/**
 * One attempt at one task by one policy: play, judge, record. Ends as exactly one of scored, infra-failed, cancelled; a
 * failed machine is never a zero.
 */
export async function rollout(input: RolloutInput): Promise<RolloutSummary> {
  const resumes: Resumes = { count: 0, stageRun: input.stageRun };
  const { delayMs = 0 } = input;
  const mending = <T>(work: () => Promise<T>): Promise<T> => untilMended(waiterOf(input, resumes), work);
  let playedAt: number | null = null;
  const goOn = (stageRun = resumes.stageRun): void => {
    resumes.count += 1;
    resumes.stageRun = stageRun;
  };
  setHandler(resumeRolloutSignal, goOn, { description: 'goes on after a pause of its stage' });
  try {
    if (delayMs > 0) await sleep(delayMs, { summary: 'begins later than others of its stage' });
    const played = await mending(() => playOn(input, resumes));
    playedAt = Date.now();
    const reproduction = await reproduce(input, played);
    const summary = show(await mending(() => grade(input, played, reproduction)));
    await CancellationScope.nonCancellable(() => report(input, summary, playedAt));
    return summary;
  } catch (error) {
    // It has no record and goes on at its turn when its stage is begun again; one that nobody waits for must end with one.
    if (isRefused(error) && input.reportTo === undefined) throw stopped(error);
    const summary = await CancellationScope.nonCancellable(() => recordUnscored(input, error));
    show(summary);
    await CancellationScope.nonCancellable(() => report(input, summary, playedAt));
    if (isCancellation(error)) throw error;
    return summary;
  }
}

/** One whose stage waits for its word, not for its end, stays open while a provider refuses; any other is begun again. */
const waiterOf = ({ place, reportTo }: RolloutInput, resumes: Resumes) =>
  reportTo === undefined ? undefined : { rollout: rolloutId(place), stage: reportTo, resumes };

/** The reason itself, so that it is what a person reads of this rollout. */
function stopped(error: unknown): unknown {
  upsertSearchAttributes([{ key: attributes.state, value: 'parked' }]);
  return rootCause(error);
}

/** Tells the stage, if one wants to know. One that has ended, or is parked, finds the record when it goes on. */
async function report(input: RolloutInput, summary: RolloutSummary, playedAt: number | null): Promise<void> {
  if (input.reportTo === undefined) return;
  const rollout = rolloutId(input.place);
  const { outcome, score, sandboxSeconds, usd, inputTokens, outputTokens } = summary;
  const told = { rollout, outcome, score, sandboxSeconds, usd, inputTokens, outputTokens, playedAt };
  try {
    await getExternalWorkflowHandle(input.reportTo).signal(rolloutEndedSignal, told);
  } catch (error) {
    log.warn('there is no stage to report to', { rollout, reason: reasonOf(error) });
  }
}

/** Plays to the end, across pauses: a paused rollout has let go of its worker and waits in no process's memory. */
async function playOn(input: RolloutInput, resumes: Resumes): Promise<PlayedRecord> {
  const { place, policy, timeout, recipe, gpus, slotPriority } = input;
  const { runAgent } = agent({
    timeoutSeconds: seconds(timeout),
    heartbeatSeconds: seconds(input.heartbeat),
    gpus,
    ...(slotPriority === undefined ? {} : { priority: { priorityKey: slotPriority } }),
  });
  const options = { summary: `${policy} plays ${place.task} within ${timeout}` };
  for (;;) {
    const before = resumes.count;
    const played = await runAgent.executeWithOptions(options, [{ place, policy, timeout, recipe }]);
    if (played.end !== 'paused') return played;
    await condition(() => resumes.count > before);
  }
}

/** Runs the submission where the judge looks at what that leaves. */
async function reproduce(input: RolloutInput, played: PlayedRecord): Promise<Artifact | undefined> {
  if (played.reproduce === undefined) return undefined;
  const { place, recipe, gpus } = input;
  const { reproduceSubmission } = reproducing({
    timeoutSeconds: seconds(played.reproduce),
    heartbeatSeconds: seconds(input.heartbeat),
    gpus,
  });
  const options = { summary: `runs reproduce.sh of ${place.task} for at most ${played.reproduce}` };
  return reproduceSubmission.executeWithOptions(options, [{ place, played, recipe }]);
}

function grade(input: RolloutInput, played: PlayedRecord, reproduction?: Artifact): Promise<RolloutSummary> {
  const { place, policy, recipe, tells } = input;
  const { judge } = judging({
    heartbeatSeconds: seconds(input.heartbeat),
    priority: { priorityKey: input.judgePriority, fairnessKey: place.run },
  });
  const options = { summary: `grades ${place.task}: ${played.end} after ${played.turns} turns` };
  const given = { place, policy, played, recipe, ...(reproduction ? { reproduction } : {}) };
  // Every grade is kept as it comes: going round again pays for none twice.
  const graded = () =>
    untilBack('waits for the provider of the judge', () => judge.executeWithOptions(options, [given]));
  return tells ? tellingOfWait(rolloutId(place), tells, graded) : graded();
}

/** Says in the store why there is no score, and leaves no sandbox behind. */
async function recordUnscored(input: RolloutInput, error: unknown): Promise<RolloutSummary> {
  const rollout = rolloutId(input.place);
  const outcome = isCancellation(error) ? 'cancelled' : 'infra-failed';
  const unscored = { rollout, task: input.place.task, policy: input.policy, outcome, reason: reasonOf(error) } as const;
  const summary = await bookkeeping().recordUnscored(unscored);
  await closeSandbox(input, rollout);
  return summary;
}

/** Where no worker can close it, the sandbox ends itself when its idle time is over: no reason to fail a finished rollout. */
async function closeSandbox(input: RolloutInput, rollout: string): Promise<void> {
  try {
    await cleanUp(input.gpus).closeSandbox({ rollout });
  } catch (error) {
    log.warn('the sandbox was left to its idle time', { rollout, reason: reasonOf(error) });
  }
}

function show(summary: RolloutSummary): RolloutSummary {
  upsertSearchAttributes([
    { key: attributes.state, value: 'completed' },
    { key: attributes.outcome, value: summary.outcome },
    { key: attributes.score, value: summary.score },
    { key: attributes.costUsd, value: summary.usd },
  ]);
  return summary;
}
