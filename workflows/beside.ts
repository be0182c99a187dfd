import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  type SignalDefinition,
} from '@temporalio/workflow';
import { stageId } from '../core/names.ts';
import type { StageReport } from '../core/report.ts';
import { stageOf, showDetails, type DeskState } from './desk.ts';
import { reasonOf } from './failures.ts';
import type { Desk } from './operator.ts';

/** What an operator may do to a stage that plays beside the current one. */
export interface BesideStage {
  /** What skip and abort cancel; none while it waits for its turn. */
  scope?: CancellationScope;
  skipped: boolean;
}

/** How a stage is played, and how its ledger is closed where it is skipped. */
interface Ways {
  play(): Promise<StageReport>;
  giveUp(): Promise<void>;
}

/**
 * Stages that play beside the others, one after the other. None of them holds the run up, and the run ends after them: one that
 * fails is told at the end, where the run parks for it.
 */
export function lane<S extends { name: string }>(desk: Desk) {
  const failed: (Ways & { stage: S; failure: unknown })[] = [];
  const cut: unknown[] = [];
  let through: Promise<void> = Promise.resolve();

  async function after(before: Promise<void>, stage: S, ways: Ways): Promise<void> {
    await before;
    try {
      await playBeside(desk, stage.name, ways);
    } catch (failure) {
      if (desk.state.abortReason !== undefined || isCancellation(failure)) return void cut.push(failure);
      log.warn('a stage beside the others has failed', { stage: stage.name, why: reasonOf(failure) });
      markFailed(desk.state, stage.name);
      failed.push({ ...ways, stage, failure });
    }
  }

  return {
    add(stage: S, ways: Ways): void {
      desk.state.beside.set(stage.name, { skipped: false });
      through = after(through, stage, ways);
    },
    /** Once all are through, goes on with each that has failed; rejects where the run was ended meanwhile. */
    async end(goOn: (one: { stage: S; failure: unknown }) => Promise<void>): Promise<void> {
      await through;
      if (cut.length > 0) throw cut[0];
      for (; failed[0]; failed.shift()) await goOn(failed[0]);
    },
    /** Once all are through where the run ends: of those that failed nobody decides any more. */
    async settled(): Promise<void> {
      await through;
      // Before this patch their ledgers stayed open.
      if (failed.length === 0 || !patched('failed-evaluations-are-closed')) return;
      for (const { giveUp } of failed) await giveUp();
    },
  };
}

async function playBeside(desk: Desk, stage: string, { play, giveUp }: Ways): Promise<void> {
  const { state } = desk;
  const own = state.beside.get(stage) as BesideStage;
  await condition(() => state.state !== 'paused' || state.abortReason !== undefined || own.skipped);
  if (state.abortReason !== undefined) return;
  if (own.skipped) return giveUp();
  desk.beginBeside(stage);
  try {
    desk.demandBudget();
    own.scope = new CancellationScope({ cancellable: true });
    desk.close(stage, 'completed', await own.scope.run(play));
  } catch (error) {
    if (!own.skipped) throw error;
    await giveUp();
  }
}

function markFailed(desk: DeskState, stage: string): void {
  desk.beside.delete(stage);
  const status = stageOf(desk, stage);
  if (status) status.state = 'parked';
  showDetails(desk);
}

/** Ends one as it is: at once where it plays, else when its turn comes. False where there is none of this name. */
export function skipBeside(desk: DeskState, stage: string | undefined): boolean {
  const own = desk.beside.get(stage ?? '');
  if (!own) return false;
  own.skipped = true;
  cancelStage(desk, stage, own.scope);
  return true;
}

export function cancelBeside(desk: DeskState): void {
  for (const [stage, { scope }] of desk.beside) cancelStage(desk, stage, scope);
}

/**
 * Cancels a stage that plays, in whichever execution it is by now. What its scope sends names the first one, which is over once the
 * stage has gone on in another: before this patch such a stage heard nothing of it.
 */
export function cancelStage({ run }: DeskState, stage: string | undefined, scope: CancellationScope | undefined): void {
  if (!scope) return;
  scope.cancel();
  if (stage === undefined || !patched('every-execution-hears-of-its-end')) return;
  getExternalWorkflowHandle(stageId(run, stage))
    .cancel()
    .catch((error: unknown) => log.warn('there was no stage to cancel', { stage, reason: reasonOf(error) }));
}

/** Whether the current stage is the one that the run is parked for, which has ended, unless it waits by itself. */
export const isOver = ({ state, stageWaits, current }: DeskState): boolean =>
  state === 'parked' && stageWaits !== current;

/** Says something to every stage that plays; one that the run is parked for has ended, unless it waits by itself. */
export async function signalPlaying<Args extends unknown[]>(
  desk: DeskState,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  const beside = [...desk.beside].flatMap(([name, { scope }]) => (scope ? [name] : []));
  const stages = desk.scope && desk.current && !isOver(desk) ? [desk.current, ...beside] : beside;
  await Promise.all(stages.map((stage) => getExternalWorkflowHandle(stageId(desk.run, stage)).signal(signal, ...args)));
}
