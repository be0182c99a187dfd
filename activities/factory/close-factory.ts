import type { FactoryBoard } from '../../core/factory/board.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import type { StageReport } from '../../core/report.ts';
import { stageReportOf } from '../bookkeeping/stage-report.ts';
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
    hash: recipe.sha256,
    codeVersion,
    papers,
  };
  await writeFactoryReport(store, run);
  await store.write(`${keys.stage(run, 'factory')}/ledger.jsonl`, '');
  await store.writeJson(`${keys.stage(run, 'factory')}/manifest.json`, manifest);
  return stageReportOf(manifest, []);
}
