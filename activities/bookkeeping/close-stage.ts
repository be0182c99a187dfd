import { closeLedger, type Ledger } from '../../core/ledger.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StageReport } from '../../core/report.ts';
import type { RolloutStage } from '../../core/stages.ts';
import { recordWithoutScore, type Unscored } from '../record-outcome.ts';
import { hashOfStage } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { acceptTrajectories, type Accepted } from './accept-trajectories.ts';
import { idOf, readPlan, readRecords } from './plan-stage.ts';
import { stageReportOf } from './stage-report.ts';

export interface CloseStageInput {
  run: string;
  stage: RolloutStage;
  state: StageManifest['state'];
  startedAt: string;
  workflow: { workflowId: string; runId: string };
}

/**
 * Closes a stage's ledger. A planned rollout that has no record gets one here: cancelled where the stage was, otherwise
 * infra-failed, for then its workflow was ended by force.
 */
export async function closeStage(
  deps: { store: Store; codeVersion: string },
  input: CloseStageInput,
  recipe: Recipe,
): Promise<StageReport> {
  const { store, codeVersion } = deps;
  const { run, stage, state, startedAt, workflow } = input;
  const ledger = await stageLedger(store, input);
  const kept = stage.type === 'distill' ? await keptOf(store, ledger, recipe) : undefined;
  const manifest: StageManifest = {
    stage: stage.name,
    type: stage.type,
    policy: stage.policy,
    suite: stage.suite,
    state,
    wanted: new Set(ledger.rows.map((row) => row.task)).size * stage.rolloutsPerTask,
    startedAt,
    endedAt: new Date().toISOString(),
    workflow,
    hash: hashOfStage(recipe, stage.name),
    codeVersion,
    ...(kept === undefined ? {} : { accepted: kept.accepted, dropped: kept.dropped }),
  };
  await store.write(`${keys.stage(run, stage.name)}/ledger.jsonl`, jsonLines(ledger.rows));
  if (kept) await store.write(`${keys.stage(run, stage.name)}/acceptance.jsonl`, jsonLines(kept.all));
  await store.writeJson(`${keys.stage(run, stage.name)}/manifest.json`, manifest);
  return stageReportOf(manifest, ledger.rows);
}

export const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function stageLedger(store: Store, input: CloseStageInput): Promise<Ledger> {
  const planned = (await readPlan(store, input.run, input.stage.name))?.planned ?? [];
  const records = await readRecords(store, input, planned);
  for (const entry of planned) {
    const rollout = idOf(input, entry);
    if (!records.has(rollout))
      records.set(rollout, await recordWithoutScore(store, missing(input, rollout, entry.task)));
  }
  return closeLedger(
    planned.map((entry) => idOf(input, entry)),
    [...records.values()],
  );
}

function missing(input: CloseStageInput, rollout: string, task: string): Unscored {
  const isCancelled = input.state !== 'completed';
  return {
    rollout,
    task,
    policy: input.stage.policy,
    outcome: isCancelled ? 'cancelled' : 'infra-failed',
    reason: isCancelled ? 'the stage was cancelled before it ended' : 'its workflow was ended by force',
  };
}

/** The trajectories that the recipe's rules keep. */
async function keptOf(store: Store, ledger: Ledger, recipe: Recipe): Promise<Accepted | undefined> {
  const rules = recipe.stages.find((stage) => stage.type === 'distill')?.accept;
  return rules && acceptTrajectories(store, ledger.rows, rules);
}
