import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { factoryDetails, type FactoryBoard } from '../core/factory/board.ts';
import { paperId } from '../core/names.ts';
import type { StageStatus, State } from '../core/status.ts';
import {
  abortUpdate,
  approveStageSignal,
  approveUpdate,
  pauseStageSignal,
  pauseUpdate,
  progressSignal,
  resumeStageSignal,
  resumeUpdate,
  stageStatusQuery,
  type Answer,
  type Reason,
} from './messages.ts';
import { attributes } from './search-attributes.ts';

/** Everything that handlers change. */
export interface FactoryDesk {
  run: string;
  board: FactoryBoard;
  /** What it waits for, for a person; null while it works. */
  waitsFor: string | null;
  /** Papers that are being made. */
  inFlight: Set<string>;
  approved: boolean;
  /** Counts decisions to go on. */
  resumes: number;
  abortReason: string | undefined;
  scope: CancellationScope;
}

/** Where an operator meets the factory, whether it is a run of its own or a stage. */
export function factoryDesk(run: string, state: { board: FactoryBoard; approved: boolean }): FactoryDesk {
  const desk: FactoryDesk = {
    run,
    ...state,
    waitsFor: null,
    inFlight: new Set(),
    resumes: 0,
    abortReason: undefined,
    scope: new CancellationScope({ cancellable: true }),
  };
  const answer = (): Answer => ({ state: desk.board.state, stage: desk.board.name });
  setHandler(stageStatusQuery, () => statusOf(desk), {
    description: 'counts and cost of the papers, as one JSON object',
  });
  setHandler(pauseStageSignal, () => pause(desk), { description: 'papers finish the call they make and wait' });
  setHandler(resumeStageSignal, () => resume(desk), { description: 'papers go on' });
  setHandler(approveStageSignal, () => approve(desk), {
    description: 'the first rubrics are good enough for the rest',
  });
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
  setHandler(abortUpdate, (input) => (abort(desk, input?.reason), answer()), {
    description: 'cancels what is running and ends the factory; what was made stands',
  });
  showFactory(desk);
  return desk;
}

/** The status as one JSON object, with what it waits for. */
const statusOf = ({
  board,
  waitsFor,
  inFlight,
  run,
}: FactoryDesk): StageStatus & { run: string; waitsFor: string | null } => ({
  run,
  ...board,
  inFlight: inFlight.size,
  waitsFor,
});

/** Waits for a person; says why wherever one looks. */
export async function waitForPerson(desk: FactoryDesk, why: { text: string; until(): boolean }): Promise<void> {
  setState(desk, 'parked', why.text);
  await tellRun(desk);
  await condition(why.until);
  setState(desk, 'running', null);
  await tellRun(desk);
}

export function showFactory(desk: FactoryDesk): void {
  desk.board.inFlight = desk.inFlight.size;
  const { run, board, waitsFor } = desk;
  const commands = waitsFor === null ? [] : ['approve', 'resume', 'abort'].map((name) => commandOf(name));
  setCurrentDetails(factoryDetails(board, waitsFor, commands));
  upsertSearchAttributes([
    { key: attributes.run, value: run },
    { key: attributes.stage, value: board.name },
    { key: attributes.state, value: board.state },
    { key: attributes.costUsd, value: board.cost.usd },
  ]);
}

const commandOf = (name: string): string =>
  `temporal workflow update execute -w ${workflowInfo().workflowId} --name ${name} --input '{}'`;

function setState(desk: FactoryDesk, state: State, waitsFor: string | null): void {
  desk.board.state = state;
  desk.waitsFor = waitsFor;
  showFactory(desk);
}

async function pause(desk: FactoryDesk): Promise<void> {
  setState(desk, 'paused', 'resume');
  await tellPapers(desk, pauseStageSignal);
}

async function resume(desk: FactoryDesk): Promise<void> {
  const wasPaused = desk.board.state === 'paused';
  desk.resumes += 1;
  if (wasPaused) setState(desk, 'running', null);
  if (wasPaused) await tellPapers(desk, resumeStageSignal);
}

function approve(desk: FactoryDesk): void {
  desk.approved = true;
}

function abort(desk: FactoryDesk, reason = 'aborted by an operator'): void {
  desk.abortReason = reason;
  desk.scope.cancel();
}

/** A paper that ends while it is told has nothing to hear. */
async function tellPapers(
  desk: FactoryDesk,
  signal: typeof pauseStageSignal | typeof resumeStageSignal,
): Promise<void> {
  const told = [...desk.inFlight].map((paper) =>
    getExternalWorkflowHandle(paperId(desk.run, paper)).signal(signal.name),
  );
  await Promise.allSettled(told);
}

/** As a stage of a run: the run is told how far it is. */
export async function tellRun(desk: FactoryDesk): Promise<void> {
  const { parent } = workflowInfo();
  if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(progressSignal, statusOf(desk));
}

const only =
  (desk: FactoryDesk, states: State[], verb: string) =>
  (_input: Reason | undefined): void => {
    if (!states.includes(desk.board.state)) throw new Error(`a factory that is ${desk.board.state} cannot be ${verb}`);
  };

function refuseSecondApproval({ approved }: FactoryDesk): void {
  if (approved) throw new Error('it is approved already');
}
