import { createHash } from 'node:crypto';
import { readRecord } from '../../activities/record-outcome.ts';
import { readRunManifest } from '../../activities/bookkeeping/start-run.ts';
import type { Store } from '../../activities/store.ts';
import { datasetManifest } from '../../core/dataset.ts';
import { checkpointManifest } from '../../core/job.ts';
import type { LineageGraph, LineageNode } from '../../core/lineage.ts';
import { stageManifest } from '../../core/manifest.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { rlStepRecord } from '../../core/rl-report.ts';

interface Graph extends LineageGraph {
  nodes: Map<string, LineageNode>;
  edges: { made: string; of: string }[];
}

interface Reading {
  store: Store;
  run: string;
  graph: Graph;
}

/** What a run made from what, from its manifests and records alone; undefined where there is no such run. */
export async function readLineage(store: Store, run: string): Promise<LineageGraph | undefined> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) return undefined;
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const reading: Reading = { store, run, graph: { nodes: new Map(), edges: [] } };
  await addTasks(reading);
  await addRollouts(reading);
  await addDatasets(reading, recipe);
  await addCheckpoints(reading);
  return reading.graph;
}

type Id = `${LineageNode['kind']}:${string}`;

function add({ graph }: Reading, id: Id, facts: LineageNode['facts'] = {}): string {
  graph.nodes.set(id, { id, kind: id.slice(0, id.indexOf(':')) as LineageNode['kind'], facts });
  return id;
}

async function addTasks(reading: Reading): Promise<void> {
  const { store, run, graph } = reading;
  for (const task of await store.list(`${keys.run(run)}/tasks`)) {
    if (task.includes('.')) continue;
    graph.edges.push({ made: add(reading, `task:${task}`), of: add(reading, `paper:${task}`) });
  }
}

/** A rollout stands on its verdict, that on its task; one that a checkpoint played also on that checkpoint. */
async function addRollouts(reading: Reading): Promise<void> {
  const { store, run, graph } = reading;
  for (const rollout of await store.list(`${keys.run(run)}/rollouts`)) {
    const record = await readRecord(store, rollout);
    if (!record) continue;
    const { outcome, score, turns, policy, task } = record;
    const made = add(reading, `rollout:${rollout}`, { outcome, policy, turns });
    graph.edges.push({ made, of: `checkpoint:${policy}` });
    if (score === undefined) {
      graph.edges.push({ made, of: `task:${task}` });
      continue;
    }
    const verdict = add(reading, `verdict:${rollout}`, { score });
    graph.edges.push({ made, of: verdict }, { made: verdict, of: `task:${task}` });
  }
}

async function addDatasets(reading: Reading, recipe: Recipe): Promise<void> {
  const { store, run, graph } = reading;
  for (const name of await store.list(keys.datasets(run))) {
    const found = datasetManifest.safeParse(await store.readJson(`${keys.datasets(run)}/${name}/manifest.json`));
    if (!found.success) continue;
    const { rows, trajectories, trainedTokens } = found.data.counts;
    const made = add(reading, `dataset:${name}`, { windows: rows, trajectories, trainedTokens });
    for (const rollout of await sourcesOf(reading, recipe, name)) graph.edges.push({ made, of: `rollout:${rollout}` });
  }
}

/** The rollouts that a dataset's windows are of: those that a distillation kept, or the groups of an RL step. */
async function sourcesOf({ store, run, graph }: Reading, recipe: Recipe, dataset: string): Promise<string[]> {
  const stage = recipe.stages.find((one) => 'name' in one && one.name === dataset);
  if (stage?.type === 'sft') {
    if (stage.data.type !== 'trajectories') return [];
    const distill = stageManifest.safeParse(await store.readJson(`${keys.stage(run, 'distill')}/manifest.json`));
    return distill.data?.accepted ?? [];
  }
  const [, rlStage = '', step = ''] = /^(.*)-(\d+)$/.exec(dataset) ?? [];
  const record = rlStepRecord.safeParse(await store.readJson(keys.rlStep(run, rlStage, Number(step))));
  if (!record.success) return [];
  const groups = new Set(record.data.batch.map((group) => `${group.step}.${group.task}`));
  return [...graph.nodes.values()].flatMap(({ id, kind, facts }) => {
    if (kind !== 'rollout' || facts['outcome'] !== 'scored') return [];
    const place = parseRolloutId(id.slice('rollout:'.length));
    return place.stage === rlStage && groups.has(`${place.step}.${place.task}`) ? [id.slice('rollout:'.length)] : [];
  });
}

async function addCheckpoints(reading: Reading): Promise<void> {
  const { store, run, graph } = reading;
  const found: { name: string; sha256: string; parent: string | undefined; data: string[] }[] = [];
  for (const name of await store.list(`${keys.run(run)}/checkpoints`)) {
    const key = `${keys.checkpoint(run, name)}/manifest.json`;
    if (!(await store.exists(key))) continue;
    const bytes = await store.read(key);
    const manifest = checkpointManifest.parse(JSON.parse(bytes.toString()));
    add(reading, `checkpoint:${name}`, { kind: manifest.kind, step: manifest.step });
    const data = manifest.batch.flatMap(({ path }) => /\/datasets\/([^/]+)\//.exec(path)?.[1] ?? []);
    found.push({
      name,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      parent: manifest.parent?.sha256,
      data,
    });
  }
  for (const { name, parent, data } of found) {
    const made = `checkpoint:${name}`;
    for (const dataset of new Set(data)) graph.edges.push({ made, of: `dataset:${dataset}` });
    const from = found.find(({ sha256 }) => sha256 === parent);
    if (from) graph.edges.push({ made, of: `checkpoint:${from.name}` });
  }
}
