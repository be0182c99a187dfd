import { readSteps } from '../../activities/rl/files.ts';
import { readRunManifest } from '../../activities/bookkeeping/start-run.ts';
import type { Store } from '../../activities/store.ts';
import type { LineageGraph, LineageNode } from '../../core/lineage.ts';
import { stageManifest, type StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import type { RlStepRecord } from '../../core/rl-report.ts';
import { stagesOf, type Stage } from '../../core/stages.ts';

/** The graph of a run while it is read, and what every part of it is read by. */
export interface Reading {
  store: Store;
  run: string;
  recipe: Recipe;
  graph: LineageGraph & { nodes: Map<string, LineageNode>; edges: { made: string; of: string }[] };
  stages: ReadonlyMap<string, Stage>;
  /** Of the stages that have ended. */
  manifests: ReadonlyMap<string, StageManifest>;
  /** The steps that each stage of RL has done. */
  steps: ReadonlyMap<string, readonly RlStepRecord[]>;
}

/** What a run says of itself as a whole; undefined where there is no such run. */
export async function openReading(store: Store, run: string): Promise<Reading | undefined> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) return undefined;
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const stages = new Map(stagesOf(recipe).map((stage) => [stage.name, stage]));
  const manifests = new Map<string, StageManifest>();
  const steps = new Map<string, RlStepRecord[]>();
  for (const { name, type } of stages.values()) {
    const ended = stageManifest.safeParse(await store.readJson(`${keys.stage(run, name)}/manifest.json`));
    if (ended.success) manifests.set(name, ended.data);
    if (type === 'rl') steps.set(name, await readSteps(store, { run, stage: name }));
  }
  return { store, run, recipe, graph: { nodes: new Map(), edges: [] }, stages, manifests, steps };
}

/** Adds a thing, and says what it is known by. */
export function add({ graph }: Reading, id: `${LineageNode['kind']}:${string}`, facts: LineageNode['facts']): string {
  graph.nodes.set(id, { id, kind: id.slice(0, id.indexOf(':')) as LineageNode['kind'], facts });
  return id;
}

/** The fact that another run has made something, where one has. */
export const takenFrom = (run: string | undefined): { from?: string } => (run === undefined ? {} : { from: run });

/** The stage that a checkpoint or a dataset is named after: its own, or that of RL whose step it is of. */
export const stageOf = ({ stages }: Reading, name: string): string =>
  stages.has(name) ? name : name.replace(/-\d+$/, '');
