import { seconds } from '../core/duration.ts';
import { keys } from '../core/names.ts';
import { recipe as recipeSchema } from '../core/recipe.ts';
import { verdict as verdictSchema } from '../core/record.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import { readRunManifest } from './bookkeeping/start-run.ts';
import { correctLedger, overrule, type JudgingAgain } from './judges/judge-again.ts';
import { readRecord } from './record-outcome.ts';

export interface OverruleInput {
  run: string;
  rollout: string;
  reason: string;
}

/** Well within the activity's time-out; see workflows/proxies.ts. */
const HEARTBEAT_MS = 40_000;

/** The activity by which a person's word on what the monitor found takes effect: the rollout is graded after all. */
export function createOverrule(deps: JudgingAgain) {
  async function overruleMonitor({ run, rollout, reason }: OverruleInput): Promise<{ before: number; now: number }> {
    const before = await doneBefore(deps, rollout, reason);
    if (before) return before;
    const manifest = await readRunManifest(deps.store, run);
    if (!manifest) throw new Error(`there is no run "${run}" in this store`);
    const recipe = recipeSchema.parse(await deps.store.readJson(deps.store.keyOf(manifest.recipe)));
    const stuckMs = seconds(recipe.rollout.stuckAfter) * 1000;
    return withHeartbeat({ heartbeatMs: HEARTBEAT_MS, stuckMs }, ({ signal, progress }) =>
      overrule(deps, { rollout, recipe, reason, onProgress: progress, signal }),
    );
  }

  return { overruleMonitor };
}

/** What an earlier attempt has done, which may have died before it had corrected the ledger or could say so. */
async function doneBefore(
  { store }: JudgingAgain,
  rollout: string,
  reason: string,
): Promise<{ before: number; now: number } | undefined> {
  const record = await readRecord(store, rollout);
  const given = verdictSchema.safeParse(await store.readJson(keys.verdict(rollout)));
  if (!record || record.violated || given.data?.overruled !== reason) return undefined;
  await correctLedger({ store }, record);
  return { before: 0, now: given.data.score };
}
