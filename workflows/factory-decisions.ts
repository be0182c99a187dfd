import { condition, getExternalWorkflowHandle, log, setHandler, type SignalDefinition } from '@temporalio/workflow';
import { tuneFactory } from '../core/factory/knobs.ts';
import type { FactoryTuning } from '../core/factory/tuning.ts';
import { paperId } from '../core/names.ts';
import type { State } from '../core/status.ts';
import { setState, statusOf, WHILE_PAUSED, type FactoryDesk } from './factory-desk.ts';
import { reasonOf, refusedBecause } from './failures.ts';
import {
  abortUpdate,
  approveStageSignal,
  approveUpdate,
  pauseStageSignal,
  pauseUpdate,
  resumeStageSignal,
  resumeUpdate,
  stageStatusQuery,
  tunePaperSignal,
  tuneStageSignal,
  tuneUpdate,
  type Answer,
  type Reason,
} from './messages.ts';
import { researching } from './proxies.ts';

/** What an operator, or the run whose stage it is, may ask and decide. */
export function takeFactoryDecisions(desk: FactoryDesk): void {
  setHandler(stageStatusQuery, () => statusOf(desk), {
    description: 'counts and cost of the papers, as one JSON object',
  });
  takeSignals(desk);
  takeUpdates(desk);
}

/** From the run whose stage it is. */
function takeSignals(desk: FactoryDesk): void {
  setHandler(pauseStageSignal, () => pause(desk), { description: 'papers finish the call they make and wait' });
  setHandler(resumeStageSignal, () => resume(desk), { description: 'papers go on' });
  setHandler(approveStageSignal, () => approve(desk), {
    description: 'the first rubrics are good enough for the rest',
  });
  setHandler(tuneStageSignal, ({ concurrency, factory }) => tune(desk, { ...defined({ concurrency }), ...factory }), {
    description: 'other limits from now on, for papers in flight too',
  });
}

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

function takeUpdates(desk: FactoryDesk): void {
  const answer = (): Answer => ({ state: desk.board.state, stage: desk.board.name });
  setHandler(pauseUpdate, async () => (await pause(desk), answer()), {
    validator: only(desk, ['running'], 'paused'),
    description: 'papers finish the call they make and wait',
  });
  setHandler(resumeUpdate, async () => (await resume(desk), answer()), {
    validator: only(desk, ['paused', 'parked'], 'resumed'),
    description: 'goes on after a pause, or past what it waits for',
  });
  setHandler(approveUpdate, () => (approve(desk), answer()), {
    validator: (_input) => refuseSecondApproval(desk),
    description: 'the first rubrics are good enough for the rest',
  });
  setHandler(tuneUpdate, async (input) => (await tune(desk, await checked(input)), answer()), {
    description: 'changes papers at a time, calls of one paper at a time, or the budget, for papers in flight too',
  });
  setHandler(abortUpdate, (input) => (abort(desk, input?.reason), answer()), {
    description: 'cancels what is running and ends the factory; what was made stands',
  });
}

async function pause(desk: FactoryDesk): Promise<void> {
  desk.commands = WHILE_PAUSED;
  setState(desk, 'paused', 'resume');
  // They hear it before they find it noted, and wait to hear the contrary.
  await tellPapers(desk, pauseStageSignal);
  await holdPapers(desk);
}

async function resume(desk: FactoryDesk): Promise<void> {
  if (!isPaused(desk)) {
    desk.resumes += 1;
    return;
  }
  setState(desk, 'running', null);
  await holdPapers(desk);
  await tellPapers(desk, resumeStageSignal);
}

/**
 * Notes where papers look before each call whether they may make it. One at a time, so that what is noted last is what holds. Where
 * it cannot be noted they go by the signal, which they hear after a minute of calls.
 */
async function holdPapers(desk: FactoryDesk): Promise<void> {
  if (desk.noting) return;
  desk.noting = true;
  try {
    while (desk.held !== isPaused(desk)) {
      const held = isPaused(desk);
      await researching().holdPapers({ run: desk.run, held });
      desk.held = held;
    }
  } catch (error) {
    log.warn('that papers are held, or no longer, could not be noted', { reason: reasonOf(error) });
  } finally {
    desk.noting = false;
  }
}

const isPaused = ({ board }: FactoryDesk): boolean => board.state === 'paused';

function approve(desk: FactoryDesk): void {
  desk.approved = true;
}

/** Checked in an activity: a schema is too much for a workflow to carry. */
async function checked(input: object | undefined): Promise<FactoryTuning> {
  try {
    return await researching().checkFactoryTuning({ tuning: input });
  } catch (error) {
    throw refusedBecause(error);
  }
}

/** Counts at once; papers in flight are told what concerns them. */
async function tune(desk: FactoryDesk, tuning: Omit<FactoryTuning, 'reason'>): Promise<void> {
  await condition(() => desk.hasBegun);
  desk.knobs = tuneFactory(desk.knobs, tuning);
  desk.waitsAt = tuning.budget?.usd ?? desk.waitsAt;
  const { callsPerPaper } = tuning;
  const told = defined({ callsPerPaper, paperUsd: tuning.budget?.paperUsd });
  if (Object.keys(told).length > 0) await tellPapers(desk, tunePaperSignal, told);
}

function abort(desk: FactoryDesk, reason = 'aborted by an operator'): void {
  desk.abortReason = reason;
  desk.scope.cancel();
}

/** A paper that ends while it is told has nothing to hear. */
async function tellPapers<Args extends unknown[]>(
  desk: FactoryDesk,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  const told = [...desk.inFlight].map((paper) =>
    getExternalWorkflowHandle(paperId(desk.run, paper)).signal(signal, ...args),
  );
  await Promise.allSettled(told);
}

const only =
  (desk: FactoryDesk, states: State[], verb: string) =>
  (_input: Reason | undefined): void => {
    if (!states.includes(desk.board.state)) throw new Error(`a factory that is ${desk.board.state} cannot be ${verb}`);
  };

function refuseSecondApproval({ approved }: FactoryDesk): void {
  if (approved) throw new Error('it is approved already');
}
