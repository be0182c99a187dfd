import { Context } from '@temporalio/activity';
import { seconds } from '../core/duration.ts';
import { keys, rolloutId, type RolloutPlace } from '../core/names.ts';
import type { Recipe } from '../core/recipe.ts';
import type { Artifact, RolloutRecord, Verdict } from '../core/record.ts';
import { limitsOf } from '../core/rollout-settings.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import type { GradeSubmission } from './judges/check.ts';
import { readRecord, recordOutcome } from './record-outcome.ts';
import type { PlayedRecord } from './run-agent.ts';
import type { Store } from './store.ts';

export interface JudgeInput {
  place: RolloutPlace;
  policy: string;
  played: PlayedRecord;
  recipe: Artifact;
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

export interface JudgeDependencies {
  store: Store;
  recipe(artifact: Artifact): Promise<Recipe>;
  grade: GradeSubmission;
}

/** The activity that grades a submission and writes verdict and record. A judge that fails writes neither. */
export function createJudge(deps: JudgeDependencies) {
  async function judge(input: JudgeInput): Promise<RolloutSummary> {
    const rollout = rolloutId(input.place);
    const before = await readRecord(deps.store, rollout);
    if (before) return summarise(before);
    const recipe = await deps.recipe(input.recipe);
    const { heartbeat, stuckAfter } = recipe.rollout;
    const verdict = await withHeartbeat(
      { heartbeatMs: seconds(heartbeat) * 1000, stuckMs: seconds(stuckAfter) * 1000 },
      ({ signal }) =>
        deps.grade({
          task: deps.store.path(keys.task(input.place.run, input.place.task)),
          submission: { artifact: input.played.submission, file: submissionFile(deps.store, input.played) },
          sandbox: { id: `${rollout}.judge`, labels: { run: input.place.run, rollout } },
          limits: limitsOf(recipe.rollout.sandbox),
          signal,
        }),
    );
    return summarise(await keep(deps.store, { rollout, input, verdict: { rollout, ...verdict } }));
  }

  return { judge };
}

const submissionFile = (store: Store, played: PlayedRecord): string => store.path(store.keyOf(played.submission));

async function keep(
  store: Store,
  { rollout, input, verdict }: { rollout: string; input: JudgeInput; verdict: Verdict },
): Promise<RolloutRecord> {
  Context.current().cancellationSignal.throwIfAborted();
  const { end, turns, activeSeconds, sandboxSeconds, usage, submission, unsafeSandbox } = input.played;
  return recordOutcome(store, {
    rollout,
    task: input.place.task,
    policy: input.policy,
    outcome: 'scored',
    end,
    score: verdict.score,
    turns,
    activeSeconds,
    sandboxSeconds,
    usage,
    submission,
    verdict: await store.writeJson(keys.verdict(rollout), verdict),
    ...(unsafeSandbox ? { unsafeSandbox } : {}),
  });
}

export const summarise = (record: RolloutRecord): RolloutSummary => ({
  outcome: record.outcome,
  score: record.score ?? null,
  end: record.end ?? null,
  turns: record.turns,
  activeSeconds: record.activeSeconds,
  sandboxSeconds: record.sandboxSeconds,
  usd: record.usage.usd,
  inputTokens: record.usage.inputTokens,
  outputTokens: record.usage.outputTokens,
});
