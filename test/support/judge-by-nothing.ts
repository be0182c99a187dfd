import { summarise, type JudgeInput, type RolloutSummary } from '../../activities/judge.ts';
import { recordOutcome } from '../../activities/record-outcome.ts';
import type { Store } from '../../activities/store.ts';
import { rolloutId } from '../../core/names.ts';

/** Every submission is worth a half: where tasks are made, what is looked at is their way, not the judge. */
export const judgeByNothing =
  (store: () => Store) =>
  async ({ place, policy, played }: JudgeInput): Promise<RolloutSummary> => {
    const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
    const record = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored' as const, score: 0.5, end };
    return summarise(await recordOutcome(store(), { ...record, turns, activeSeconds, sandboxSeconds, usage }));
  };
