import { isFlat } from '../../core/advantage.ts';
import { datasetManifest } from '../../core/dataset.ts';
import { keys } from '../../core/names.ts';
import type { Checkpoints } from './checkpoints.ts';
import { add, stageOf, takenFrom, type Reading } from './reading.ts';
import { groupName, type Groups } from './rollouts.ts';

/** The windows that a checkpoint was trained on stand on the rollouts that they are cut from. */
export async function addDatasets(
  reading: Reading,
  { checkpoints, groups }: { checkpoints: Checkpoints; groups: Groups },
): Promise<void> {
  const { store, run, graph, manifests } = reading;
  for (const name of await store.list(keys.datasets(run))) {
    const found = datasetManifest.safeParse(await store.readJson(`${keys.datasets(run)}/${name}/manifest.json`));
    if (!found.success) continue;
    const { rows, trajectories, trainedTokens } = found.data.counts;
    // It was taken over together with the checkpoint that was trained on it.
    const from = manifests.get(stageOf(reading, name))?.reusedFrom ?? checkpoints.get(name)?.from;
    const made = add(reading, `dataset:${name}`, { windows: rows, trajectories, trainedTokens, ...takenFrom(from) });
    for (const rollout of sourcesOf(reading, groups, name)) graph.edges.push({ made, of: `rollout:${rollout}` });
  }
}

/** The rollouts that a dataset's windows are of: those that a distillation kept, or the groups of an RL step. */
function sourcesOf(reading: Reading, groups: Groups, dataset: string): readonly string[] {
  const { recipe, manifests } = reading;
  const stage = recipe.stages.find((one) => 'name' in one && one.name === dataset);
  if (stage?.type !== 'sft') return batchOf(reading, groups, dataset);
  return stage.data.type === 'trajectories' ? (manifests.get('distill')?.accepted ?? []) : [];
}

function batchOf(reading: Reading, groups: Groups, dataset: string): string[] {
  const name = stageOf(reading, dataset);
  const stage = reading.stages.get(name);
  if (stage?.type !== 'rl') return [];
  const number = Number(dataset.slice(name.length + 1));
  const record = reading.steps.get(name)?.find(({ step }) => step === number);
  return (record?.batch ?? []).flatMap(({ step, task }) => {
    const scored = groups.get(groupName({ stage: name, step: String(step), task })) ?? [];
    const members = scored.map(({ rollout, outcome, score = null }) => ({ rollout, outcome, score, windows: 0 }));
    // As the step was made: what has nothing to tell apart is not trained.
    if (stage.flatGroups === 'skip' && isFlat(members)) return [];
    return scored.filter(({ turns }) => turns > 0).map(({ rollout }) => rollout);
  });
}
