import { Context } from '@temporalio/activity';
import { seconds } from '../core/duration.ts';
import { keys, rolloutId, type RolloutPlace } from '../core/names.ts';
import type { Recipe } from '../core/recipe.ts';
import { costOf, type Artifact, type RolloutRecord, type Verdict } from '../core/record.ts';
import { judgeOf } from '../core/judge-settings.ts';
import { epochOfAttempt } from './attempt.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import { verdictIncomplete } from './failures.ts';
import { gradeRollout, type GradingDependencies } from './judges/grade-rollout.ts';
import { readRecord, recordOutcome } from './record-outcome.ts';
import type { PlayedRecord } from './agent/played.ts';
import type { Store } from './store.ts';

export interface JudgeInput {
  place: RolloutPlace;
  policy: string;
  played: PlayedRecord;
  recipe: Artifact;
  /** What running the submission's `reproduce.sh` left, where the judge looks at that. */
  reproduction?: Artifact;
}

/** What a workflow learns of a rollout; the rest is in its record. */
export interface RolloutSummary {
  outcome: RolloutRecord['outcome'];
  score: number | null;
  end: string | null;
  turns: number;
  activeSeconds: number;
  sandboxSeconds: number;
  usd: number;
  inputTokens: number;
  outputTokens: number;
}

export interface JudgeDependencies extends GradingDependencies {
  recipe(artifact: Artifact): Promise<Recipe>;
}

/**
 * The activity that grades a submission and writes verdict and record. A judge that fails writes neither; where some leaves could
 * not be graded it says so in `incomplete-verdict.json` and is tried again, with the grades that it has.
 */
export function createJudge(deps: JudgeDependencies) {
  async function judge(input: JudgeInput): Promise<RolloutSummary> {
    const rollout = rolloutId(input.place);
    const before = await readRecord(deps.store, rollout);
    if (before) return summarise(before);
    const recipe = await deps.recipe(input.recipe);
    const { heartbeat, stuckAfter } = recipe.rollout;
    const judged = await withHeartbeat(
      { heartbeatMs: seconds(heartbeat) * 1000, stuckMs: seconds(stuckAfter) * 1000 },
      ({ signal, progress }) =>
        gradeRollout(deps, {
          rollout,
          recipe,
          settings: judgeOf(recipe, input.place.stage),
          submission: input.played.submission,
          reproduction: input.reproduction,
          epoch: epochOfAttempt(),
          onProgress: progress,
          signal,
        }),
    );
    if ('unjudged' in judged) {
      await deps.store.writeJson(keys.incompleteVerdict(rollout), { rollout, ...judged });
      throw verdictIncomplete(judged.unjudged);
    }
    return summarise(await keep(deps.store, { rollout, input, verdict: { rollout, ...judged } }));
  }

  return { judge };
}

async function keep(
  store: Store,
  { rollout, input, verdict }: { rollout: string; input: JudgeInput; verdict: Verdict },
): Promise<RolloutRecord> {
  Context.current().cancellationSignal.throwIfAborted();
  // Looked at again: one that was overtaken must not write over the verdict that the record names by its hash.
  const before = await readRecord(store, rollout);
  if (before) return before;
  const { submission, unsafeSandbox, ...played } = input.played;
  return recordOutcome(store, {
    rollout,
    task: input.place.task,
    policy: input.policy,
    outcome: 'scored',
    score: verdict.score,
    ...played,
    submission,
    verdict: await store.writeJson(keys.verdict(rollout), verdict),
    ...(verdict.usage ? { judgeUsage: verdict.usage } : {}),
    ...(verdict.violations?.length ? { violated: true } : {}),
    ...(unsafeSandbox ? { unsafeSandbox } : {}),
  });
}

/** The cost is that of playing and of judging. */
export function summarise(record: RolloutRecord): RolloutSummary {
  const { usd, inputTokens, outputTokens } = costOf(record);
  return {
    outcome: record.outcome,
    score: record.score ?? null,
    end: record.end ?? null,
    turns: record.turns,
    activeSeconds: record.activeSeconds,
    sandboxSeconds: record.sandboxSeconds,
    usd,
    inputTokens,
    outputTokens,
  };
}
