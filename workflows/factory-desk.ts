import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { factoryDetails, type FactoryBoard } from '../core/factory/board.ts';
import type { FactoryKnobs } from '../core/factory/knobs.ts';
import type { StageStatus, State } from '../core/status.ts';
import { progressSignal } from './messages.ts';
import { attributes } from './search-attributes.ts';
import { spendingOf, type Spending } from './spending.ts';

/** Everything that handlers change. */
export interface FactoryDesk {
  run: string;
  board: FactoryBoard;
  /** What it waits for, for a person; null while it works. */
  waitsFor: string | null;
  /** The commands that help meanwhile, each with its input. */
  commands: Record<string, object>;
  /** Papers that are being made. */
  inFlight: Set<string>;
  approved: boolean;
  /** As the recipe has them, and as an operator has changed them; none of them counts before the recipe is read. */
  knobs: FactoryKnobs;
  hasBegun: boolean;
  /** Dollars at which it waits for a person; null: never. */
  waitsAt: number | null;
  /** Counts decisions to go on. */
  resumes: number;
  /** Whether it is noted that no paper may begin another call, and whether that is being changed. */
  held: boolean;
  noting: boolean;
  /** Whether its run is yet to be told how it stands, and whether it is being told. */
  hasNews: boolean;
  telling: boolean;
  abortReason: string | undefined;
  scope: CancellationScope;
  /** Of the run whose stage it is; its own budget is `waitsAt`. */
  spending: ReturnType<typeof spendingOf>;
}

/** What it waits for, until when, and the updates that a person can send. */
export interface Wait {
  state: 'waiting' | 'parked';
  text: string;
  until(): boolean;
  commands: Record<string, object>;
}

/** Where an operator meets the factory, whether it is a run of its own or a stage, which has the run's budget. */
export function factoryDesk(
  run: string,
  { board, approved }: { board: FactoryBoard; approved: boolean },
  spending?: Spending,
): FactoryDesk {
  const isPaused = board.state === 'paused';
  const desk: FactoryDesk = {
    run,
    board,
    approved,
    waitsFor: isPaused ? 'resume' : null,
    commands: isPaused ? WHILE_PAUSED : {},
    inFlight: new Set(),
    knobs: NO_KNOBS,
    hasBegun: false,
    waitsAt: null,
    resumes: 0,
    held: isPaused,
    noting: false,
    hasNews: false,
    telling: false,
    abortReason: undefined,
    scope: new CancellationScope({ cancellable: true }),
    spending: spendingOf(spending, board),
  };
  showFactory(desk);
  return desk;
}

/** What helps a factory that a person has paused. */
export const WHILE_PAUSED = { resume: {}, abort: {} };

const NO_KNOBS: FactoryKnobs = {
  concurrency: 0,
  callsPerPaper: 1,
  approveAfter: 0,
  maxFailedShare: 0,
  heartbeat: '30s',
  usd: null,
};

/** The recipe is read, or what an earlier execution knew is there. */
export function takeUp(desk: FactoryDesk, knobs: FactoryKnobs, waitsAt: number | null = knobs.usd): void {
  Object.assign(desk, { knobs, waitsAt, hasBegun: true });
}

/** The status as one JSON object, with what it waits for. */
export const statusOf = ({
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

/** Waits for a person; says why wherever one looks. A pause in between is waited out, and then it waits on. */
export async function waitForPerson(desk: FactoryDesk, { state, text, until, commands }: Wait): Promise<void> {
  while (!until()) {
    desk.commands = commands;
    setState(desk, state, text);
    await tellRun(desk);
    await condition(() => until() || desk.board.state !== state);
    await condition(() => desk.board.state !== 'paused');
  }
  setState(desk, 'running', null);
  await tellRun(desk);
}

export function showFactory(desk: FactoryDesk): void {
  desk.board.inFlight = desk.inFlight.size;
  const { run, board, waitsFor } = desk;
  const commands = waitsFor === null ? {} : desk.commands;
  setCurrentDetails(factoryDetails(board, waitsFor, Object.entries(commands).map(commandOf)));
  upsertSearchAttributes([
    { key: attributes.run, value: run },
    { key: attributes.stage, value: board.name },
    { key: attributes.state, value: board.state },
    { key: attributes.costUsd, value: board.cost.usd },
  ]);
}

const commandOf = ([name, input]: [string, object]): string =>
  `temporal workflow update execute -w ${workflowInfo().workflowId} --name ${name} --input '${JSON.stringify(input)}'`;

export function setState(desk: FactoryDesk, state: State, waitsFor: string | null): void {
  desk.board.state = state;
  desk.waitsFor = waitsFor;
  showFactory(desk);
}

/**
 * As a stage of a run: the run is told how far it is. One signal at a time, because two that are sent together may arrive in either
 * order, and what is told last must be how it stands.
 */
export async function tellRun(desk: FactoryDesk): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  desk.hasNews = true;
  while (desk.telling) await condition(() => !desk.telling);
  desk.telling = true;
  try {
    if (desk.hasNews) {
      desk.hasNews = false;
      await getExternalWorkflowHandle(parent.workflowId).signal(progressSignal, statusOf(desk));
    }
  } finally {
    desk.telling = false;
  }
}
