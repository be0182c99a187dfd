import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { toRemove, type Kept, type Rule } from '../../core/retention.ts';
import { stagesOf } from '../../core/stages.ts';
import { finishedStage } from '../bookkeeping/finished-stage.ts';
import { readLedger } from '../bookkeeping/read-ledger.ts';
import { readRunManifest } from '../bookkeeping/start-run.ts';
import { stepName } from '../rl/prepare-step.ts';
import type { Store } from '../store.ts';

/** What a rollout keeps for ever: what it was worth, and what that was found out by. */
const BULKY_OF_ROLLOUT = ['turns.jsonl', 'submission.tar'];

/**
 * Gives up what the recipe's rules of retention do not keep, of a run that has ended; how many files went. A stage that a start
 * under the same id would go on with keeps everything: one that was cancelled, or has too few scores.
 */
export async function retainRun(store: Store, run: string): Promise<number> {
  const manifest = await readRunManifest(store, run);
  if (!manifest || !(await store.exists(keys.report(run)))) return 0;
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const { turnLogs, checkpoints } = recipe.retention ?? {};
  if (!turnLogs && !checkpoints) return 0;
  let removed = 0;
  for (const stage of await finishedStages(store, run, recipe)) {
    if (turnLogs) removed += await retainTurnLogs(store, { run, stage, rule: turnLogs });
    if (checkpoints) removed += await retainCheckpoints(store, { run, stage, rule: checkpoints });
  }
  return removed;
}

async function finishedStages(store: Store, run: string, recipe: Recipe): Promise<StageManifest[]> {
  const found = await Promise.all(stagesOf(recipe).map((stage) => finishedStage(store, run, { recipe, stage })));
  return found.filter((manifest) => manifest !== undefined);
}

interface Retaining {
  run: string;
  stage: StageManifest;
  rule: Rule;
}

/** A distillation names the trajectories that it has accepted. */
async function retainTurnLogs(store: Store, { run, stage, rule }: Retaining): Promise<number> {
  const { accepted = [] } = stage;
  const rows = await readLedger(store, run, stage.stage);
  const items = rows.map(({ rollout, score }, order) => ({
    name: rollout,
    score,
    order,
    named: accepted.includes(rollout),
  }));
  let removed = 0;
  for (const name of toRemove(items, rule)) removed += await removeAll(store, keys.rollout(name), BULKY_OF_ROLLOUT);
  return removed;
}

/**
 * Only those of the steps of RL: what other stages train on, evaluate or measure to is a stage's own, which has its files under a
 * name of its own.
 */
async function retainCheckpoints(store: Store, { run, stage, rule }: Retaining): Promise<number> {
  let removed = 0;
  for (const name of toRemove(await stepsOf(store, run, stage), rule)) {
    const files = await store.list(keys.checkpoint(run, name));
    // The manifest stays: what came of it can still be traced.
    removed += await removeAll(
      store,
      keys.checkpoint(run, name),
      files.filter((file) => file !== 'manifest.json'),
    );
  }
  return removed;
}

/** The checkpoints of a stage's steps, each with the score of its step; a step that has trained nothing has none. */
async function stepsOf(store: Store, run: string, { stage, rl }: StageManifest): Promise<Kept[]> {
  const there = new Set(await store.list(`${keys.run(run)}/checkpoints`));
  return (rl?.steps ?? [])
    .map(({ step, score }) => ({ name: stepName(stage, step), score: score.mean, order: step, named: false }))
    .filter(({ name }) => there.has(name));
}

async function removeAll(store: Store, folder: string, files: readonly string[]): Promise<number> {
  let removed = 0;
  for (const file of files) {
    if (!(await store.exists(`${folder}/${file}`))) continue;
    await store.remove(`${folder}/${file}`);
    removed += 1;
  }
  return removed;
}
