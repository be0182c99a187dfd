import { type CancellationScope, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { detailsOf } from '../core/details.ts';
import { runBoard } from '../core/run-board.ts';
import type { RunStatus, StageStatus, State } from '../core/status.ts';
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
  /** What skip and abort cancel. */
  scope: CancellationScope | undefined;
}

export const boardOf = (desk: DeskState): RunStatus => runBoard(desk.run, desk.stages, desk);
export const stageOf = (desk: DeskState, name: string): StageStatus | undefined =>
  desk.stages.find((stage) => stage.name === name);

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
export const showDetails = (desk: DeskState): void =>
  setCurrentDetails(detailsOf(boardOf(desk), desk.state === 'parked' ? helpWith(desk.run) : []));

const helpWith = (run: string): string[] =>
  ['resume', 'skip', 'abort'].map((name) => `temporal workflow update execute -w ${run} --name ${name} --input '{}'`);
