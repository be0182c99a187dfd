import {
  CancellationScope,
  condition,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { addPaper, papersDone } from '../core/factory/board.ts';
import { paperId } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import { showFactory, tellRun, waitForPerson, type FactoryDesk, type Wait } from './factory-desk.ts';
import { reasonOf, stopsTheRun } from './failures.ts';
import type { paperToTask } from './paper-to-task.ts';
import { attributes } from './search-attributes.ts';

export interface Window {
  run: string;
  recipe: Artifact;
  desk: FactoryDesk;
  waiting: string[];
  making: Set<Promise<void>>;
  /** Why no paper can go on, in the provider's words. */
  refused: unknown;
}

/** Makes the papers that wait, as many at a time as the knobs allow; none is left behind in flight. */
export async function makePapers(window: Window): Promise<void> {
  try {
    while (await mayAdmit(window)) admit(window, window.waiting.shift() as string);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(window.making));
  }
  if (window.refused !== undefined) throw window.refused as Error;
}

/**
 * Waits for a free place, and for a person where one must say how to go on; false once there is nothing more to admit. As a stage it
 * admits nothing after a refusal, and throws where the run's budget is reached: it fails, and its run parks.
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
    else if (isBeyondRun(window)) desk.spending.demand();
    else await condition(() => isOver() || isOpen(window) || isBeyondRun(window) || reasonToAsk(window) !== undefined);
  }
}

function isOpen({ desk, waiting, refused }: Window): boolean {
  if (waiting.length === 0 || refused !== undefined || desk.board.state !== 'running') return false;
  const { approveAfter, concurrency } = desk.knobs;
  const isSample = approveAfter > 0 && !desk.approved && desk.board.papers.made + desk.inFlight.size >= approveAfter;
  return desk.inFlight.size < desk.spending.room(concurrency) && !isSample;
}

/** Whether the run's budget lets none of the papers begin that are still to be made. */
const isBeyondRun = ({ desk, waiting }: Window): boolean =>
  desk.board.state === 'running' && waiting.length > 0 && desk.inFlight.size === 0 && desk.spending.room(1) === 0;

/** What a person must say before anything more is begun. */
function reasonToAsk(window: Window): Wait | undefined {
  const { desk, waiting, refused, run } = window;
  const { board, resumes, knobs } = desk;
  if (board.state !== 'running') return undefined;
  if (refused !== undefined) {
    const text = `no call is answered (${reasonOf(refused)}); waits for resume`;
    const until = (): boolean => goesOn(desk, resumes, () => (window.refused = undefined));
    return { state: 'parked', text, until, commands: { resume: {}, abort: {} } };
  }
  if (isSpent(desk) && waiting.length > 0) return budgetSpent(desk);
  if (knobs.approveAfter === 0 || desk.approved || board.papers.made < knobs.approveAfter || waiting.length === 0)
    return undefined;
  return {
    state: 'waiting',
    text: `${board.papers.made} rubrics are made, ${waiting.length} papers wait: look at runs/${run}/factory/ in the store, then approve`,
    until: () => desk.approved,
    commands: { approve: {}, abort: {} },
  };
}

const isSpent = ({ board, waitsAt }: FactoryDesk): boolean => waitsAt !== null && board.cost.usd >= waitsAt;

function budgetSpent(desk: FactoryDesk): Wait {
  const { board, resumes, knobs } = desk;
  const next = board.cost.usd + (knobs.usd ?? 0);
  return {
    state: 'parked',
    text: `$${board.cost.usd.toFixed(2)} are paid, the budget is spent; resume allows as much again, tune any other sum`,
    until: () => !isSpent(desk) || goesOn(desk, resumes, () => (desk.waitsAt = next)),
    commands: { resume: {}, tune: { budget: { usd: Math.ceil(next) } }, abort: {} },
  };
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
  const { desk, waiting } = window;
  try {
    const { board, spending } = desk;
    const summary = await startPaper(window, paper);
    addPaper(board, summary);
    const { paid: usd, inputTokens, outputTokens } = summary.cost;
    spending.note({ usd, inputTokens, outputTokens, sandboxSeconds: 0 });
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

function startPaper({ run, recipe, desk }: Window, paper: string) {
  const { callsPerPaper, heartbeat, paperUsd } = desk.knobs;
  const limits = paperUsd === undefined ? {} : { paperUsd };
  return executeChild<typeof paperToTask>('paperToTask', {
    workflowId: paperId(run, paper),
    args: [{ run, paper, recipe, callsPerPaper, heartbeat, ...limits }],
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
  try {
    await tellRun(desk);
  } catch (error) {
    // A run that has been ended by force hears nothing; this factory is cancelled with it, and its papers are waited for.
    log.warn('the run was not told how far its factory is', { reason: reasonOf(error) });
  }
}
