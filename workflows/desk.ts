import { type CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Budget } from '../core/operations.ts';
import { detailsOf } from '../core/details.ts';
import { runBoard } from '../core/run-board.ts';
import type { RunStatus, StageStatus, State } from '../core/status.ts';
import type { BesideStage } from './beside.ts';
import { attributes } from './search-attributes.ts';

/** Everything that handlers change; a field of an object, because TypeScript would narrow a variable for good. */
export interface DeskState {
  run: string;
  state: State;
  waitsFor: string | null;
  stages: StageStatus[];
  /** The stage that runs or is parked. */
  current: string | undefined;
  decision: 'resume' | 'skip' | undefined;
  /** The stage that an operator wants skipped. */
  skip: string | undefined;
  abortReason: string | undefined;
  /** Whether the run was cancelled as a workflow. */
  cancelled: boolean;
  /** What skip and abort cancel. */
  scope: CancellationScope | undefined;
  /** The stage that waits for a person by itself, while it does. */
  stageWaits: string | undefined;
  /** The stages that play beside the current one, or wait to, by name. */
  beside: Map<string, BesideStage>;
  /** Where the run waits for a person, and what has been approved: `before sft`. */
  gate: string | undefined;
  approved: string[];
  /** None where the recipe sets none and nobody has. */
  budget: Budget | undefined;
  /** Whether there is a webhook, and how often it was told. */
  notifies: boolean;
  told: number;
  /** Rollouts that are being graded because a person has overruled the monitor. */
  overruling: number;
}

export const newDesk = (run: string): DeskState => ({
  run,
  state: 'running',
  waitsFor: null,
  stages: [],
  current: undefined,
  decision: undefined,
  skip: undefined,
  abortReason: undefined,
  cancelled: false,
  scope: undefined,
  stageWaits: undefined,
  beside: new Map(),
  gate: undefined,
  approved: [],
  budget: undefined,
  notifies: false,
  told: 0,
  overruling: 0,
});

export const boardOf = (desk: DeskState): RunStatus => runBoard(desk.run, desk.stages, desk);
export const stageOf = (desk: DeskState, name: string): StageStatus | undefined =>
  desk.stages.find((stage) => stage.name === name);

/** Marks a stage as begun; one that is tried again began when it was first tried. */
export function markBegun(desk: DeskState, stage: string): void {
  const status = stageOf(desk, stage);
  if (status) Object.assign(status, { state: 'running', startedAt: status.startedAt ?? new Date().toISOString() });
}

/** Moves the run to a state and shows it wherever an operator looks. */
export function setState(desk: DeskState, state: State, waitsFor: string | null = null): void {
  Object.assign(desk, { state, waitsFor });
  show(desk);
}

export function show(desk: DeskState): void {
  upsertSearchAttributes([
    { key: attributes.run, value: desk.run },
    { key: attributes.state, value: desk.state },
  ]);
  showDetails(desk);
}

/** The table in the details pane of the UI; it costs no event. */
export const showDetails = (desk: DeskState): void => setCurrentDetails(detailsOf(boardOf(desk), helpWith(desk)));

/** The commands that a run which waits can be answered by. */
function helpWith({ run, state, gate, waitsFor, budget, stageWaits }: DeskState): string[] {
  const update = (name: string, input: object = {}): string =>
    `temporal workflow update execute -w ${run} --name ${name} --input '${JSON.stringify(input)}'`;
  const approves = gate?.split(' ')[1] ?? stageWaits;
  if (state === 'waiting' && approves) return [update('approve', { stage: approves }), update('abort')];
  if (state === 'paused') return [update('resume')];
  if (state !== 'parked') return [];
  const raise = waitsFor?.includes('BudgetReached') ? [update('tune', { budget: doubled(budget) })] : [];
  return [...raise, ...['resume', 'skip', 'abort'].map((name) => update(name))];
}

const doubled = (budget: Budget | undefined): object =>
  Object.fromEntries(Object.entries(budget ?? {}).map(([name, limit]) => [name, (limit ?? 0) * 2]));
