import { getExternalWorkflowHandle, log, setHandler } from '@temporalio/workflow';
import type { StageBoard } from '../core/board.ts';
import type { Tuning } from '../core/tuning.ts';
import type { Tuned } from '../activities/agent/knobs.ts';
import { reasonOf } from './failures.ts';
import { inTurn } from './in-turn.ts';
import {
  pauseStageSignal,
  resumeRolloutSignal,
  resumeStageSignal,
  stageStatusQuery,
  tuneStageSignal,
} from './messages.ts';
import { bookkeeping } from './proxies.ts';
import { showState } from './search-attributes.ts';
import type { StageInput } from './stage-input.ts';
import { take } from './tuned.ts';

/** Hears pause, resume and tune of a stage of rollouts. Returns how the knobs are written down, after what is being written already. */
export function listen(input: StageInput, board: StageBoard, inFlight: Set<string>): () => Promise<void> {
  const { run, stage } = input;
  const noteKnobs = inTurn(async (paused: boolean = board.state === 'paused') => {
    await bookkeeping().setKnobs({ run, stage: stage.name, knobs: { timeout: stage.timeout, ...input.tuned, paused } });
    board.state = paused ? 'paused' : 'running';
    showState(board.state);
    if (paused) return;
    // One that has just ended needs no word.
    const told = [...inFlight].map((id) => getExternalWorkflowHandle(id).signal(resumeRolloutSignal));
    await Promise.allSettled(told);
  });
  const say = (paused: boolean): Promise<void> =>
    // An operator says it again; a stage does not end because its knobs could not be written.
    noteKnobs(paused).catch((error: unknown) =>
      log.warn('the knobs were not set', { paused, reason: reasonOf(error) }),
    );
  setHandler(stageStatusQuery, () => board, { description: 'counts, scores and cost of this stage' });
  setHandler(pauseStageSignal, () => say(true), { description: 'rollouts stop after their turn' });
  setHandler(resumeStageSignal, () => say(false), { description: 'rollouts go on' });
  const tune = ({ timeout, concurrency, judgeQueue }: Tuning): Promise<void> => {
    const given = Object.entries({ timeout, concurrency, judgeQueue }).filter(([, value]) => value !== undefined);
    const tuned = Object.fromEntries(given) as Tuned;
    input.tuned = { ...input.tuned, ...tuned };
    take(input, tuned);
    return say(board.state === 'paused');
  };
  setHandler(tuneStageSignal, tune, { description: 'other limits from now on, for rollouts in flight too' });
  return noteKnobs;
}
