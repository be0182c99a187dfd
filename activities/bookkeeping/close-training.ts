import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StageReport } from '../../core/report.ts';
import type { TrainingStage } from '../../core/stages.ts';
import type { TrainingReport } from '../../core/training-report.ts';
import { hashOfStage } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { stageReportOf } from './stage-report.ts';

export interface CloseTrainingInput {
  run: string;
  stage: TrainingStage;
  startedAt: string;
  trained: TrainingReport;
  workflow: { workflowId: string; runId: string };
}

/** Writes a training stage's manifest: its checkpoint stands, so this is what says that the stage is done. */
export async function closeTraining(
  deps: { store: Store; codeVersion: string },
  { run, stage, startedAt, trained, workflow }: CloseTrainingInput,
  recipe: Recipe,
): Promise<StageReport> {
  const manifest: StageManifest = {
    stage: stage.name,
    type: stage.type,
    state: 'completed',
    wanted: 0,
    startedAt,
    endedAt: new Date().toISOString(),
    workflow,
    hash: hashOfStage(recipe, stage.name),
    codeVersion: deps.codeVersion,
    training: trained,
  };
  await deps.store.write(`${keys.stage(run, stage.name)}/ledger.jsonl`, '');
  await deps.store.writeJson(`${keys.stage(run, stage.name)}/manifest.json`, manifest);
  return stageReportOf(manifest, []);
}
