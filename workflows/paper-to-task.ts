import { CancellationScope, condition, isCancellation, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { PaperSummary } from '../core/factory/board.ts';
import type { Artifact } from '../core/record.ts';
import type { PaperInput } from '../activities/factory.ts';
import type { RubricPlan } from '../activities/factory/plan-rubric.ts';
import { reasonOf, stopsTheRun } from './failures.ts';
import { pauseStageSignal, resumeStageSignal } from './messages.ts';
import { asking, researching } from './proxies.ts';
import { attributes } from './search-attributes.ts';

export interface PaperToTaskInput {
  run: string;
  paper: string;
  recipe: Artifact;
  /** Calls at a time. */
  callsPerPaper: number;
  heartbeat: string;
}

/**
 * One paper: read, its rubric asked for call by call, checked, judged dry, written. Ends as exactly one of made, dropped, failed
 * and cancelled; only what stops every paper, such as a refused key, is an error.
 */
export async function paperToTask(given: PaperToTaskInput): Promise<PaperSummary> {
  const { run, paper, recipe, heartbeat } = given;
  const input: PaperInput = { place: { run, paper }, recipe };
  const pause = listen();
  try {
    const read = await researching(heartbeat).readPaper.executeWithOptions(
      { summary: 'reads the paper and its code' },
      [input],
    );
    if ('dropped' in read) return show(read.dropped);
    await askAll(input, { ...given, plan: read.plan, pause });
    await condition(() => !pause.paused);
    const made = await researching().makeTask.executeWithOptions({ summary: 'checks and writes the task' }, [input]);
    if ('ended' in made) return show(made.ended);
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

/** Calls in flight are let through; nothing new begins while its factory is paused. */
function listen(): { paused: boolean } {
  const pause = { paused: false };
  setHandler(pauseStageSignal, () => void (pause.paused = true), { description: 'no new call is made' });
  setHandler(resumeStageSignal, () => void (pause.paused = false), { description: 'calls are made again' });
  return pause;
}

/** Asks what is planned, round by round, until nothing is left to ask. */
async function askAll(
  input: PaperInput,
  asked: Pick<PaperToTaskInput, 'callsPerPaper' | 'heartbeat'> & { plan: RubricPlan; pause: { paused: boolean } },
): Promise<void> {
  let { plan } = asked;
  while (plan.calls.length > 0) {
    const waiting = [...plan.calls];
    const plans: RubricPlan[] = [];
    const askNext = async (): Promise<void> => {
      for (let call = waiting.shift(); call; call = waiting.shift()) {
        await condition(() => !asked.pause.paused);
        const options = { summary: call.paths ? `${call.name}: ${call.paths.join(' ')}` : call.name };
        plans.push(await asking(asked.heartbeat).askModel.executeWithOptions(options, [{ ...input, call }]));
      }
    };
    await Promise.all(Array.from({ length: asked.callsPerPaper }, askNext));
    // Whoever was answered last has seen the answers of all.
    plan = plans.reduce((last, one) => (one.answered > last.answered ? one : last));
    upsertSearchAttributes([{ key: attributes.costUsd, value: plan.cost.usd }]);
    if (plan.drop !== null) return;
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
