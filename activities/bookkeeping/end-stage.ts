import { stageManifest, type StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import { playsRollouts, type Stage } from '../../core/stages.ts';
import { hashOfStage } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { closeStage } from './close-stage.ts';

export interface EndStageInput {
  run: string;
  stage: Stage;
  state: 'skipped' | 'cancelled';
  startedAt: string;
  workflow: { workflowId: string; runId: string };
}

/** Says in the store that a stage was given up, its ledger closed: what it had played counts, and is not played again. */
export async function endStage(
  deps: { store: Store; codeVersion: string },
  input: EndStageInput,
  recipe: Recipe,
): Promise<void> {
  const { store, codeVersion } = deps;
  const { run, stage, state, startedAt, workflow } = input;
  const key = `${keys.stage(run, stage.name)}/manifest.json`;
  const before = await store.readJson(key);
  if (before !== undefined) return void (await store.writeJson(key, { ...stageManifest.parse(before), state }));
  if (playsRollouts(stage)) return void (await closeStage(deps, { ...input, stage }, recipe));
  const manifest: StageManifest = {
    stage: stage.name,
    type: stage.type,
    state,
    wanted: 0,
    startedAt,
    endedAt: new Date().toISOString(),
    workflow,
    hash: hashOfStage(recipe, stage.name),
    codeVersion,
  };
  await store.write(`${keys.stage(run, stage.name)}/ledger.jsonl`, '');
  await store.writeJson(key, manifest);
}
