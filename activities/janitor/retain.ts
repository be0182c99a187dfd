import { stageManifest, type StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { toRemove, type Kept } from '../../core/retention.ts';
import { stagesOf } from '../../core/stages.ts';
import { readLedger } from '../bookkeeping/read-ledger.ts';
import { readRunManifest } from '../bookkeeping/start-run.ts';
import type { Store } from '../store.ts';

/** What a rollout keeps for ever: what it was worth, and what that was found out by. */
const BULKY_OF_ROLLOUT = ['turns.jsonl', 'submission.tar'];

/** Gives up what the recipe's rules of retention do not keep, of a run that has ended; how many files went. */
export async function retainRun(store: Store, run: string): Promise<number> {
  const manifest = await readRunManifest(store, run);
  if (!manifest || !(await store.exists(keys.report(run)))) return 0;
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const { turnLogs, checkpoints } = recipe.retention ?? {};
  if (!turnLogs && !checkpoints) return 0;
  const stages = await manifestsOf(store, run, recipe);
  let removed = 0;
  if (turnLogs) {
    for (const { stage, accepted = [] } of stages) {
      const rows = await readLedger(store, run, stage);
      const items = rows.map(({ rollout, score }, order) => ({
        name: rollout,
        score,
        order,
        named: accepted.includes(rollout),
      }));
      for (const name of toRemove(items, turnLogs))
        removed += await removeAll(store, keys.rollout(name), BULKY_OF_ROLLOUT);
    }
  }
  if (checkpoints) {
    for (const name of toRemove(await checkpointsOf(store, run, stages), checkpoints)) {
      const files = await store.list(keys.checkpoint(run, name));
      // The manifest stays: what came of it can still be traced.
      removed += await removeAll(
        store,
        keys.checkpoint(run, name),
        files.filter((file) => file !== 'manifest.json'),
      );
    }
  }
  return removed;
}

async function manifestsOf(store: Store, run: string, recipe: Recipe): Promise<StageManifest[]> {
  const found = await Promise.all(
    stagesOf(recipe).map(({ name }) => store.readJson(`${keys.stage(run, name)}/manifest.json`)),
  );
  return found.flatMap((value) => stageManifest.safeParse(value).data ?? []);
}

/** Every checkpoint; those of a stage are named by its manifest, those of RL's steps have the score of their step. */
async function checkpointsOf(store: Store, run: string, stages: readonly StageManifest[]): Promise<Kept[]> {
  const named = new Set(stages.map(({ stage }) => stage));
  const steps = stages.flatMap(({ stage, rl }) =>
    (rl?.steps ?? []).map(({ step, score }): [string, number | null] => [`${stage}-${step}`, score.mean]),
  );
  const scores = new Map(steps);
  const names = [...named, ...scores.keys()];
  const there = await store.list(`${keys.run(run)}/checkpoints`);
  return there.map((name) => ({
    name,
    score: scores.get(name) ?? null,
    order: names.indexOf(name),
    named: named.has(name) || !scores.has(name),
  }));
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
