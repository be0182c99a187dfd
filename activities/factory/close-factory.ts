import type { FactoryBoard } from '../../core/factory/board.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import type { StageReport } from '../../core/report.ts';
import { stagesOf } from '../../core/stages.ts';
import { stageReportOf } from '../bookkeeping/stage-report.ts';
import { stageHash } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { writeFactoryReport } from './write-factory-report.ts';

export interface CloseFactoryInput {
  run: string;
  recipe: Artifact;
  state: StageManifest['state'];
  startedAt: string;
  workflow: { workflowId: string; runId: string };
  papers: FactoryBoard['papers'];
}

/** Of a stage of a run what decides it, as of every stage; of a factory by itself its recipe. */
async function hashOf(store: Store, artifact: Artifact): Promise<string> {
  const parsed = recipeSchema.safeParse(await store.readJson(store.keyOf(artifact)));
  const stage = parsed.success ? stagesOf(parsed.data).find(({ type }) => type === 'factory') : undefined;
  return parsed.success && stage ? stageHash(parsed.data, stage) : artifact.sha256;
}

/** Writes the factory's report and the manifest of its stage. */
export async function closeFactory(
  { store, codeVersion }: { store: Store; codeVersion: string },
  { run, recipe, state, startedAt, workflow, papers }: CloseFactoryInput,
): Promise<StageReport> {
  const manifest: StageManifest = {
    stage: 'factory',
    type: 'factory',
    state,
    wanted: 0,
    startedAt,
    endedAt: new Date().toISOString(),
    workflow,
    hash: await hashOf(store, recipe),
    codeVersion,
    papers,
  };
  await writeFactoryReport(store, run);
  await store.write(`${keys.stage(run, 'factory')}/ledger.jsonl`, '');
  await store.writeJson(`${keys.stage(run, 'factory')}/manifest.json`, manifest);
  return stageReportOf(manifest, []);
}
