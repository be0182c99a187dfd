import { getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import { stageId } from '../core/names.ts';
import type { State } from '../core/status.ts';
import {
  abortUpdate,
  approveStageSignal,
  approveUpdate,
  pauseStageSignal,
  pauseUpdate,
  resumeStageSignal,
  resumeUpdate,
  skipUpdate,
  tuneStageSignal,
  tuneUpdate,
  type Answer,
  type Reason,
  type StageChoice,
} from './messages.ts';
import { setState, type DeskState } from './desk.ts';
import { refusedBecause } from './failures.ts';
import { bookkeeping } from './proxies.ts';

/** The updates of an operator; each is refused with a reason where it makes no sense. */
export function takeDecisions(desk: DeskState): void {
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
  setHandler(approveUpdate, () => approve(desk), {
    validator: (input) => demandStage(desk, input, 'approved'),
    description: 'tells the current stage that a person has approved what it waits for',
  });
  setHandler(abortUpdate, (input) => abort(desk, input?.reason), {
    description: 'cancels what is running, closes the ledger and ends the run',
  });
  setHandler(tuneUpdate, (input) => tune(desk, input), {
    validator: (_input: object | undefined) => demandRunning(desk),
    description:
      'changes timeout, concurrency, judge queue or steps left of the running stage, for rollouts in flight too',
  });
}

const answer = (desk: DeskState): Answer => ({ state: desk.state, stage: desk.current ?? null });

async function pause(desk: DeskState): Promise<Answer> {
  setState(desk, 'paused', 'resume');
  if (desk.scope && desk.current) await stageHandle(desk.run, desk.current).signal(pauseStageSignal);
  return answer(desk);
}

async function resume(desk: DeskState): Promise<Answer> {
  const wasPaused = desk.state === 'paused';
  desk.decision = 'resume';
  setState(desk, 'running');
  if (wasPaused && desk.scope && desk.current) await stageHandle(desk.run, desk.current).signal(resumeStageSignal);
  return answer(desk);
}

async function approve(desk: DeskState): Promise<Answer> {
  if (desk.scope && desk.current) await stageHandle(desk.run, desk.current).signal(approveStageSignal);
  return answer(desk);
}

function skip(desk: DeskState, input: StageChoice | undefined): Answer {
  desk.skip = input?.stage ?? desk.current;
  desk.decision = 'skip';
  desk.scope?.cancel();
  return answer(desk);
}

function abort(desk: DeskState, reason = 'aborted by an operator'): Answer {
  desk.abortReason = reason;
  desk.scope?.cancel();
  return answer(desk);
}

/** What the stage makes of it stands in its history too, as the signal that it got. */
async function tune(desk: DeskState, input: unknown): Promise<Answer> {
  const stage = desk.current as string;
  try {
    const tuning = await bookkeeping().checkTuning({ run: desk.run, stage, tuning: input });
    await stageHandle(desk.run, stage).signal(tuneStageSignal, tuning);
  } catch (error) {
    throw refusedBecause(error);
  }
  return answer(desk);
}

const stageHandle = (run: string, stage: string) => getExternalWorkflowHandle(stageId(run, stage));

const only =
  (desk: DeskState, states: State[], verb: string) =>
  (_input: Reason | undefined): void => {
    if (!states.includes(desk.state)) throw new Error(`a run that is ${desk.state} cannot be ${verb}`);
  };

function demandRunning(desk: DeskState): void {
  if (desk.scope && desk.current && (desk.state === 'running' || desk.state === 'paused')) return;
  throw new Error(`a run that is ${desk.state} has no stage to tune`);
}

function demandStage(desk: DeskState, input: StageChoice | undefined, verb = 'skipped'): void {
  if (!desk.current) throw new Error(`there is no stage to be ${verb} yet`);
  if (input?.stage !== undefined && input.stage !== desk.current) {
    throw new Error(`stage: only the current stage, "${desk.current}", can be ${verb} (got "${input.stage}")`);
  }
}
