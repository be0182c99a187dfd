import { CancellationScope, getExternalWorkflowHandle, patched, setHandler } from '@temporalio/workflow';
import { stageId } from '../core/names.ts';
import type { Budget } from '../core/operations.ts';
import type { State } from '../core/status.ts';
import type { Overruling } from '../core/tuning.ts';
import {
  abortUpdate,
  approveStageSignal,
  approveUpdate,
  budgetStageSignal,
  demandTexts,
  pauseStageSignal,
  pauseUpdate,
  resumeStageSignal,
  resumeUpdate,
  skipUpdate,
  tuneStageSignal,
  tuneUpdate,
  type Answer,
  type Approval,
  type Reason,
  type StageChoice,
} from './messages.ts';
import { cancelBeside, cancelStage, isOver, signalPlaying, skipBeside } from './beside.ts';
import { setState, type DeskState } from './desk.ts';
import { refusedBecause } from './failures.ts';
import { bookkeeping, overruling } from './proxies.ts';

/** The updates of an operator; each is refused with a reason where it makes no sense. */
export function takeDecisions(desk: DeskState): void {
  hearCancellation(desk);
  setHandler(pauseUpdate, () => pause(desk), {
    validator: only(desk, ['running'], 'paused'),
    description: 'rollouts finish their turn and let go',
  });
  setHandler(resumeUpdate, () => resume(desk), {
    validator: only(desk, ['paused', 'parked'], 'resumed'),
    description: 'goes on after a pause, or tries a parked stage again',
  });
  setHandler(skipUpdate, (input) => skip(desk, input), {
    validator: (input) => demandStage(desk, input),
    description: 'ends the current stage as it is and goes on to the next',
  });
  setHandler(approveUpdate, (input) => approve(desk, input), {
    validator: (input) => demandGate(desk, input),
    description: 'lets the run pass where it waits for a person, or tells the running stage that it has done enough',
  });
  setHandler(abortUpdate, (input) => abort(desk, input?.reason), {
    validator: (input) => demandTexts(input, ['reason']),
    description: 'cancels what is running, closes the ledger and ends the run',
  });
  setHandler(tuneUpdate, (input) => tune(desk, input), {
    validator: (input: object | undefined) => demandTunable(desk, input),
    description:
      'changes timeout, concurrency, judge queue or steps left of the running stage, for rollouts in flight too, or the budget; ' +
      'or has a rollout graded whatever the monitor found',
  });
}

const answer = (desk: DeskState): Answer => ({ state: desk.state, stage: desk.current ?? null });

async function pause(desk: DeskState): Promise<Answer> {
  setState(desk, 'paused', 'resume');
  await signalPlaying(desk, pauseStageSignal);
  return answer(desk);
}

async function resume(desk: DeskState): Promise<Answer> {
  const stageMustHear = desk.state === 'paused' || desk.stageWaits !== undefined;
  Object.assign(desk, { decision: 'resume', stageWaits: undefined });
  setState(desk, 'running');
  if (stageMustHear) await signalPlaying(desk, resumeStageSignal);
  return answer(desk);
}

function skip(desk: DeskState, input: StageChoice | undefined): Answer {
  if (skipBeside(desk, input?.stage)) return answer(desk);
  desk.skip = input?.stage ?? desk.current;
  desk.decision = 'skip';
  cancelStage(desk, isOver(desk) ? undefined : desk.current, desk.scope);
  // Before this patch such a run went on saying that it is parked until the ledger was closed.
  if (desk.state === 'parked' && patched('skipped-runs-go-on')) setState(desk, 'running');
  return answer(desk);
}

function abort(desk: DeskState, reason = 'aborted by an operator'): Answer {
  desk.abortReason = reason;
  cancelPlaying(desk);
  return answer(desk);
}

function cancelPlaying(desk: DeskState): void {
  cancelStage(desk, isOver(desk) ? undefined : desk.current, desk.scope);
  cancelBeside(desk);
}

/** A run that is cancelled as a workflow: before this patch a stage that had gone on in another execution heard nothing of it. */
function hearCancellation(desk: DeskState): void {
  CancellationScope.current().cancelRequested.catch(() => {
    desk.cancelled = true;
    if (!patched('cancelled-runs-cancel-every-execution')) return;
    void CancellationScope.nonCancellable(async () => cancelPlaying(desk));
  });
}

/** What the stage makes of it stands in its history too, as the signal that it got. */
async function tune(desk: DeskState, input: unknown): Promise<Answer> {
  const stage = desk.current ?? '';
  try {
    const tuning = await bookkeeping().checkTuning({ run: desk.run, stage, tuning: input });
    if (tuning.overrule) return { ...answer(desk), overruled: await overrule(desk, tuning.overrule) };
    if (tuning.budget) await setBudget(desk, tuning.budget);
    if (isAtWork(desk)) await stageHandle(desk.run, stage).signal(tuneStageSignal, tuning);
  } catch (error) {
    throw refusedBecause(error);
  }
  return answer(desk);
}

/** The run does not end meanwhile: its report is to say what was overruled. */
async function overrule(desk: DeskState, { rollout, reason }: Overruling): Promise<{ before: number; now: number }> {
  desk.overruling += 1;
  try {
    const options = { summary: `grades ${rollout}, which a person has let pass: ${reason.slice(0, 100)}` };
    return await overruling().overruleMonitor.executeWithOptions(options, [{ run: desk.run, rollout, reason }]);
  } finally {
    desk.overruling -= 1;
  }
}

/** Of the run; the stages at work are told. */
async function setBudget(desk: DeskState, budget: Budget): Promise<void> {
  desk.budget = { ...desk.budget, ...budget };
  await signalPlaying(desk, budgetStageSignal, desk.budget);
}

const isAtWork = ({ scope, current, state, stageWaits }: DeskState): boolean =>
  scope !== undefined && current !== undefined && (state === 'running' || state === 'paused' || stageWaits === current);

/** Lets the run pass a gate; where it stands at none, a stage that asks for approval itself is told. */
async function approve(desk: DeskState, input: Approval | undefined): Promise<Answer> {
  const gate = gateOf(desk, input);
  if (gate !== undefined) desk.approved.push(gate);
  else if (desk.current) await stageHandle(desk.run, desk.current).signal(approveStageSignal);
  return answer(desk);
}

/** The gate that the run stands at, where it is the one that is meant. */
function gateOf({ gate }: DeskState, { stage, when }: Approval = {}): string | undefined {
  const [at, of] = gate?.split(' ') ?? [];
  return (stage ?? of) === of && (when ?? at) === at ? gate : undefined;
}

function demandGate(desk: DeskState, input: Approval | undefined): void {
  demandTexts(input, ['stage', 'reason', 'when']);
  if (input?.when !== undefined && !['before', 'after', 'running'].includes(input.when)) {
    throw new Error(`when: must be before, after or running (got "${input.when}")`);
  }
  if (gateOf(desk, input) !== undefined) return;
  // Stages that an operator can approve of while they run.
  const asks = isAtWork(desk) && /^(factory$|rl-)/.test(desk.current ?? '');
  const isMeant = (input?.stage ?? desk.current) === desk.current && (input?.when ?? 'running') === 'running';
  if (asks && isMeant) return demandFirst(desk, input);
  const now = desk.gate === undefined ? 'nothing waits for approval' : `what waits for approval is ${desk.gate}`;
  throw new Error(input?.stage === undefined ? now : `stage: ${now} (got "${input.stage}")`);
}

/** Two people who answer the same notice approve of a gate, not of what the stage behind it has hardly begun. */
function demandFirst({ approved, current }: DeskState, { when }: Approval = {}): void {
  if (when === 'running' || !approved.includes(`before ${current}`)) return;
  throw new Error(
    `stage ${current} is approved already and runs; {"stage":"${current}","when":"running"} tells it that it has done enough`,
  );
}

const stageHandle = (run: string, stage: string) => getExternalWorkflowHandle(stageId(run, stage));

const only =
  (desk: DeskState, states: State[], verb: string) =>
  (input: Reason | undefined): void => {
    demandTexts(input, ['reason']);
    if (!states.includes(desk.state)) throw new Error(`a run that is ${desk.state} cannot be ${verb}`);
  };

/** A budget may be raised, and the monitor overruled, while nothing runs; all else is the running stage's. */
function demandTunable(desk: DeskState, input: object | undefined): void {
  if (isAtWork(desk) || (input && ('budget' in input || 'overrule' in input))) return;
  throw new Error(`a run that is ${desk.state} has no stage to tune`);
}

function demandStage(desk: DeskState, input: StageChoice | undefined): void {
  demandTexts(input, ['stage', 'reason']);
  if (input?.stage !== undefined && desk.beside.has(input.stage)) return;
  if (!desk.current) throw new Error('there is no stage to skip yet');
  if (input?.stage !== undefined && input.stage !== desk.current) {
    throw new Error(`stage: only the current stage, "${desk.current}", can be skipped (got "${input.stage}")`);
  }
}
