import {
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { addPaper, factoryBoard, papersDone, type FactoryBoard } from '../core/factory/board.ts';
import type { FactoryKnobs } from '../core/factory/knobs.ts';
import { paperId } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import type { StageReport } from '../core/report.ts';
import { factoryDesk, showFactory, tellRun, waitForPerson, type FactoryDesk } from './factory-desk.ts';
import { aborted, reasonOf, rootCause, stopsTheRun, tooFewMade } from './failures.ts';
import type { paperToTask } from './paper-to-task.ts';
import { researching } from './proxies.ts';
import { attributes } from './search-attributes.ts';

export interface FactoryInput {
  run: string;
  recipe: Artifact;
  knobs: FactoryKnobs;
  /** Set where the factory goes on in a new execution: what was counted so far. */
  state?: FactoryState;
}

export interface FactoryState {
  board: FactoryBoard;
  approved: boolean;
  /** Dollars at which it waits for a person; null: never. */
  waitsAt: number | null;
}

/**
 * Papers become tasks, in a window of `concurrency`, one child each. Started by itself its input is a factory's recipe, and its
 * workflow id names the run; as a stage of `train` it has been begun, and its run is told how far it is.
 */
export async function researchFactory(given: unknown): Promise<StageReport> {
  const before = isBegun(given) ? given : undefined;
  const fresh = { board: factoryBoard(workflowInfo().startTime.toISOString()), approved: false };
  const desk = factoryDesk(before?.run ?? workflowInfo().workflowId, before?.state ?? fresh);
  const input = before ?? (await begin(given));
  try {
    await desk.scope.run(async () => {
      if (!input.state) await find(input);
      await makeAll({ ...input, state: { waitsAt: input.knobs.usd, ...fresh, ...input.state } }, desk);
    });
  } catch (error) {
    if (!isCancellation(error)) throw rootCause(error);
    await CancellationScope.nonCancellable(() => close(input, desk, 'cancelled'));
    throw desk.abortReason === undefined ? error : aborted(desk.abortReason);
  }
  const report = await close(input, desk, 'completed');
  const { found, failed } = desk.board.papers;
  if (failed > input.knobs.maxFailedShare * found) throw tooFewMade(failed, found);
  return report;
}

const isBegun = (given: unknown): given is FactoryInput =>
  typeof given === 'object' && given !== null && 'knobs' in given && 'run' in given;

/** Resolves the recipe of a factory that is a run of its own. */
async function begin(recipe: unknown): Promise<FactoryInput> {
  const { workflowId, runId } = workflowInfo();
  const options = { summary: 'reads the recipe and fills in its defaults' };
  const asked = { run: workflowId, recipe, workflow: { workflowId, runId } };
  try {
    return { run: workflowId, ...(await researching().startFactory.executeWithOptions(options, [asked])) };
  } catch (error) {
    throw rootCause(error);
  }
}

/** Finds the papers, and takes those up again that failed in an earlier execution. */
async function find({ run, recipe }: FactoryInput): Promise<void> {
  const options = { summary: 'asks the sources for papers' };
  await researching().collectPapers.executeWithOptions(options, [{ run, recipe }]);
  await researching().takeUpAgain.executeWithOptions({ summary: 'looks for papers that failed before' }, [{ run }]);
}

/** Begins the papers that have no outcome, as many at a time as the window holds; none is left behind in flight. */
async function makeAll(input: FactoryInput & { state: FactoryState }, desk: FactoryDesk): Promise<void> {
  const { run, recipe } = input;
  const plan = await researching().planPapers({ run, recipe });
  Object.assign(desk.board, plan.counts);
  const window: Window = { input, desk, waiting: [...plan.pending], making: new Set(), refused: undefined };
  try {
    while (await mayAdmit(window)) admit(window, window.waiting.shift() as string);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(window.making));
  }
  if (window.refused !== undefined) throw window.refused as Error;
  // A drain between pages costs some idle slots once in so many papers, and keeps every history far from its limit.
  if (!plan.more) return;
  const { board, approved } = desk;
  await continueAsNew<typeof researchFactory>({ ...input, state: { ...input.state, board, approved } });
}

interface Window {
  input: FactoryInput & { state: FactoryState };
  desk: FactoryDesk;
  waiting: string[];
  making: Set<Promise<void>>;
  /** Why no paper can go on, in the provider's words. */
  refused: unknown;
}

/**
 * Waits for a free place, and for a person where one must say how to go on; false once there is nothing more to admit. As a stage it
 * admits nothing after a refusal: it fails, and its run parks.
 */
async function mayAdmit(window: Window): Promise<boolean> {
  const { desk, waiting, making } = window;
  const givesUp = (): boolean => window.refused !== undefined && workflowInfo().parent !== undefined;
  const isOver = (): boolean => givesUp() || (waiting.length === 0 && making.size === 0);
  for (;;) {
    const why = givesUp() ? undefined : reasonToAsk(window);
    if (why) await waitForPerson(desk, why);
    else if (isOver()) return false;
    else if (isOpen(window)) return true;
    else await condition(() => isOver() || isOpen(window) || reasonToAsk(window) !== undefined);
  }
}

function isOpen({ desk, input: { knobs }, waiting, refused }: Window): boolean {
  if (waiting.length === 0 || refused !== undefined || desk.board.state !== 'running') return false;
  const { made } = desk.board.papers;
  const isSample = knobs.approveAfter > 0 && !desk.approved && made + desk.inFlight.size >= knobs.approveAfter;
  return desk.inFlight.size < knobs.concurrency && !isSample;
}

function reasonToAsk(window: Window): { text: string; until(): boolean } | undefined {
  const { desk, input, waiting, refused } = window;
  const { knobs, run, state } = input;
  const { board, resumes } = desk;
  if (board.state !== 'running') return undefined;
  if (refused !== undefined) {
    const text = `no call is answered (${reasonOf(refused)}); waits for resume`;
    return { text, until: () => goesOn(desk, resumes, () => (window.refused = undefined)) };
  }
  if (state.waitsAt !== null && board.cost.usd >= state.waitsAt && waiting.length > 0) {
    const next = board.cost.usd + (knobs.usd ?? 0);
    const text = `$${board.cost.usd.toFixed(2)} are paid, the budget is spent; resume allows as much again`;
    return { text, until: () => goesOn(desk, resumes, () => (state.waitsAt = next)) };
  }
  if (knobs.approveAfter === 0 || desk.approved || board.papers.made < knobs.approveAfter || waiting.length === 0)
    return undefined;
  const text = `${board.papers.made} rubrics are made, ${waiting.length} papers wait: look at runs/${run}/factory/ in the store, then approve`;
  return { text, until: () => desk.approved || goesOn(desk, resumes, () => (desk.approved = true)) };
}

/** Whether a person has said resume since; the first look at it draws the consequence. */
function goesOn(desk: FactoryDesk, since: number, consequence: () => void): boolean {
  if (desk.resumes === since) return false;
  consequence();
  return true;
}

function admit(window: Window, paper: string): void {
  window.desk.inFlight.add(paper);
  const making = makeOne(window, paper).finally(() => void window.making.delete(making));
  window.making.add(making);
}

async function makeOne(window: Window, paper: string): Promise<void> {
  const { desk, input, waiting } = window;
  try {
    addPaper(desk.board, await startPaper(input, paper));
  } catch (error) {
    if (stopsTheRun(error)) {
      window.refused = error;
      waiting.push(paper);
    } else {
      // Cancelled with the factory, or cancelled or terminated by hand, alone.
      if (!isCancellation(error)) log.warn('a paper ended without a summary', { paper, error: String(error) });
      desk.board.papers.cancelled += 1;
    }
  } finally {
    desk.inFlight.delete(paper);
  }
  if (!CancellationScope.current().consideredCancelled) await showProgress(desk);
}

function startPaper({ run, recipe, knobs: { callsPerPaper, heartbeat } }: FactoryInput, paper: string) {
  return executeChild<typeof paperToTask>('paperToTask', {
    workflowId: paperId(run, paper),
    args: [{ run, paper, recipe, callsPerPaper, heartbeat }],
    typedSearchAttributes: [
      { key: attributes.run, value: run },
      { key: attributes.stage, value: 'factory' },
      { key: attributes.task, value: paper },
      { key: attributes.state, value: 'running' },
    ],
    staticSummary: paper,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
}

/** Progress is shown, and reaches the run, about twenty times, however many papers there are. */
async function showProgress(desk: FactoryDesk): Promise<void> {
  const every = Math.max(1, Math.ceil(desk.board.papers.found / 20));
  if (papersDone(desk.board) % every !== 0) return;
  showFactory(desk);
  await tellRun(desk);
}

async function close(input: FactoryInput, desk: FactoryDesk, state: 'completed' | 'cancelled'): Promise<StageReport> {
  const { run, recipe } = input;
  const { workflowId, runId, startTime } = workflowInfo();
  const report = await researching().closeFactory({
    run,
    recipe,
    state,
    startedAt: desk.board.startedAt ?? startTime.toISOString(),
    workflow: { workflowId, runId },
    papers: desk.board.papers,
  });
  desk.board.state = state === 'completed' ? 'completed' : 'aborted';
  showFactory(desk);
  await tellRun(desk);
  return report;
}
