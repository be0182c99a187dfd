import {
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { PaperSummary } from '../core/factory/board.ts';
import type { Artifact } from '../core/record.ts';
import type { PaperInput } from '../activities/factory.ts';
import type { MadeTask } from '../activities/factory/make-task.ts';
import { reasonOf, stopsTheRun } from './failures.ts';
import { pauseStageSignal, resumeStageSignal, tunePaperSignal } from './messages.ts';
import { asking, researching } from './proxies.ts';
import { attributes } from './search-attributes.ts';

export interface PaperToTaskInput {
  run: string;
  paper: string;
  recipe: Artifact;
  /** Calls at a time. */
  callsPerPaper: number;
  heartbeat: string;
  /** What it may cost, where an operator has changed what the recipe says. */
  paperUsd?: number;
}

/**
 * One paper: read, its rubric asked for call by call, checked, written, judged dry. Ends as exactly one of made, dropped, failed
 * and cancelled; only what stops every paper, such as a refused key, is an error.
 */
export async function paperToTask(given: PaperToTaskInput): Promise<PaperSummary> {
  const { run, paper, recipe, heartbeat } = given;
  const input: PaperInput = { place: { run, paper }, recipe };
  const desk = listen(given);
  try {
    const built = await build(input, heartbeat, desk);
    if ('ended' in built) return show(built.ended);
    return show(
      await asking(heartbeat).judgeDry.executeWithOptions(
        { summary: 'judges the official code, nothing and nonsense' },
        [input],
      ),
    );
  } catch (error) {
    if (stopsTheRun(error)) throw error;
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    const unmade = { place: input.place, outcome, reason: reasonOf(error) } as const;
    const summary = await CancellationScope.nonCancellable(() => researching().recordUnmade(unmade));
    show(summary);
    if (isCancellation(error)) throw error;
    return summary;
  }
}

/** What its factory tells it while it is made. */
interface PaperDesk {
  paused: boolean;
  /** Calls at a time. */
  calls: number;
  paperUsd: number | undefined;
}

function listen({ callsPerPaper, paperUsd }: PaperToTaskInput): PaperDesk {
  const desk: PaperDesk = { paused: false, calls: callsPerPaper, paperUsd };
  setHandler(pauseStageSignal, () => void (desk.paused = true), { description: 'no new call is made' });
  setHandler(resumeStageSignal, () => void (desk.paused = false), { description: 'calls are made again' });
  setHandler(
    tunePaperSignal,
    (tuning) => {
      desk.calls = tuning.callsPerPaper ?? desk.calls;
      desk.paperUsd = tuning.paperUsd ?? desk.paperUsd;
    },
    { description: 'other limits from the next activity on' },
  );
  return desk;
}

/** So long a paper waits that was held by its factory before it heard so: the factory may have gone on meanwhile. */
const HELD = '5s';

/** Has the calls made that the task takes, in activities of bounded length, until the task is written or dropped. */
async function build(input: PaperInput, heartbeat: string, desk: PaperDesk): Promise<MadeTask> {
  const options = { summary: 'reads the paper, asks for its rubric call by call, checks it and writes the task' };
  for (;;) {
    await condition(() => !desk.paused);
    const { calls, paperUsd } = desk;
    const asked = { ...input, calls, ...(paperUsd === undefined ? {} : { paperUsd }) };
    const built = await asking(heartbeat).buildTask.executeWithOptions(options, [asked]);
    if (!('goesOn' in built)) return built;
    upsertSearchAttributes([{ key: attributes.costUsd, value: built.cost.usd }]);
    if (built.goesOn === 'held' && !desk.paused) await sleep(HELD, { summary: 'its factory is paused' });
  }
}

function show(summary: PaperSummary): PaperSummary {
  upsertSearchAttributes([
    { key: attributes.state, value: 'completed' },
    { key: attributes.outcome, value: summary.outcome },
    { key: attributes.costUsd, value: summary.cost.usd },
  ]);
  return summary;
}
