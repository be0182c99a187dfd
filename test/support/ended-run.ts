import type { LedgerRow } from '../../core/ledger.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import type { RlReport, RlStep } from '../../core/rl-report.ts';
import { stagesOf } from '../../core/stages.ts';
import { stageHash } from '../../activities/stage-hash.ts';
import type { Store } from '../../activities/store.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** The store of a run that has a report, and of its stages what the test puts there. */
export async function endedRun(store: Store, run: string, given: object) {
  const recipe = recipeSchema.parse(given);
  const workflow = { workflowId: run, runId: '1' };
  const artifact = await store.writeJson(`${keys.run(run)}/recipe.json`, recipe);
  const manifest = { run, recipe: artifact, recipeHash: 'h', codeVersion: 'v', workflow, createdAt: AT };
  await store.writeJson(keys.manifest(run), manifest);
  await store.write(keys.report(run), '{}');
  return {
    /** Closes a stage with its ledger, as one that has ended is. */
    async stage(name: string, { rows = [], ...more }: Partial<StageManifest> & { rows?: Row[] } = {}): Promise<void> {
      const ledger = rows.map((row) => ({ outcome: 'scored', ...row }));
      await store.write(
        `${keys.stage(run, name)}/ledger.jsonl`,
        ledger.map((row) => `${JSON.stringify(row)}\n`).join(''),
      );
      await store.writeJson(`${keys.stage(run, name)}/manifest.json`, { ...closed(recipe, name), workflow, ...more });
    },
    /** A checkpoint with its weights. */
    async checkpoint(name: string): Promise<void> {
      await store.writeJson(`${keys.checkpoint(run, name)}/manifest.json`, {
        files: { 'model.safetensors': { sha256: '0'.repeat(64), bytes: 7 } },
      });
      await store.write(`${keys.checkpoint(run, name)}/model.safetensors`, 'weights');
    },
    hasWeights: (name: string): Promise<boolean> => store.exists(`${keys.checkpoint(run, name)}/model.safetensors`),
  };
}

type Row = Pick<LedgerRow, 'rollout' | 'score'> & Partial<LedgerRow>;

function closed(recipe: Recipe, name: string): Omit<StageManifest, 'workflow'> {
  const stage = stagesOf(recipe).find((candidate) => candidate.name === name);
  if (!stage) throw new Error(`the recipe has no stage ${name}`);
  const { type } = stage;
  const hash = stageHash(recipe, stage);
  return { stage: name, type, state: 'completed', wanted: 0, startedAt: AT, endedAt: AT, hash, codeVersion: 'v' };
}

/** What an RL stage did whose steps had these mean scores. */
export function rlReportOf(name: string, scores: readonly number[]): RlReport {
  const timeout = name.replace('rl-', '');
  const steps = scores.map((score, index) => stepOf(`${name}-${index + 1}`, index + 1, score));
  return { timeout, from: 'untrained', endedBy: 'steps', maxStaleness: 0, steps };
}

export const stepOf = (checkpoint: string, step: number, mean: number): RlStep => ({
  step,
  checkpoint,
  trained: true,
  startedAt: AT,
  endedAt: AT,
  score: { mean, stderr: 0, n: 4 },
  turns: 3,
  activeSeconds: 9,
  ends: { submitted: 4 },
  groups: { count: 2, flat: 0 },
  lost: 0,
  rows: 4,
  trainedTokens: 40,
  seconds: { total: 1, rollout: 1, judge: 0, train: 0, sync: 0 },
  slots: { count: 4, utilisation: 1 },
  staleness: { '0': 12 },
  metrics: {},
});
