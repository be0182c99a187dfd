import { expect, test } from '@jest/globals';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { readLineage } from '../../../cli/lineage/graph.ts';
import type { LineageGraph } from '../../../core/lineage.ts';
import { cameOf, factsOf, graphOf, madeOf } from '../../support/lineage-graph.ts';
import { lineageRun, playTwoSteps, rlRecipe, versionOf, type Parent } from '../../support/lineage-run.ts';
import { trainingRecipe } from '../../support/recipes.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

function twoSteps(recipe = rlRecipe()) {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  run.begin(recipe);
  const [untrained, first, second] = playTwoSteps(store, 'r') as [Parent, Parent, Parent];
  return { store, run, untrained, first, second };
}

/** Everything that a thing goes back to. */
function ancestorsOf(graph: LineageGraph, id: string): Set<string> {
  const found = new Set<string>();
  const waiting = [id];
  for (const at of waiting) {
    for (const above of madeOf(graph, at)) {
      if (found.has(above)) continue;
      found.add(above);
      waiting.push(above);
    }
  }
  return found;
}

test('a rollout of RL was played by the checkpoint that its turns name, not by the last one of its stage', async () => {
  const { store, run } = twoSteps();
  await run.publish('rl-60s', 'rl-60s-2');
  const graph = await graphOf(store);
  expect(madeOf(graph, 'rollout:r.rl-60s.1.train-0.0')).toEqual([
    'checkpoint:untrained',
    'verdict:r.rl-60s.1.train-0.0',
  ]);
  expect(madeOf(graph, 'rollout:r.rl-60s.2.train-1.1')).toEqual([
    'checkpoint:rl-60s-1',
    'verdict:r.rl-60s.2.train-1.1',
  ]);
  expect(cameOf(graph, 'checkpoint:untrained')).toEqual([
    'checkpoint:rl-60s-1',
    'rollout:r.rl-60s.1.train-0.0',
    'rollout:r.rl-60s.1.train-0.1',
  ]);
  expect(factsOf(graph, 'rollout:r.rl-60s.1.train-0.0')).toEqual({ outcome: 'scored', policy: 'untrained', turns: 3 });
});

test('nothing is made of itself, however far it is followed', async () => {
  const { store, run, second } = twoSteps();
  await run.publish('rl-60s', 'rl-60s-2');
  run.rollout('r.evaluate-rl-60s.heldout.heldout-0.0', {
    policy: 'rl-60s',
    policyVersions: [versionOf({ ...second, name: 'rl-60s' })],
  });
  const graph = await graphOf(store);
  expect([...graph.nodes.keys()].filter((id) => ancestorsOf(graph, id).has(id))).toEqual([]);
  expect([...ancestorsOf(graph, 'rollout:r.rl-60s.1.train-0.0')].toSorted()).toEqual([
    'checkpoint:untrained',
    'paper:train-0',
    'task:train-0',
    'verdict:r.rl-60s.1.train-0.0',
  ]);
});

test("a stage's checkpoint is made of its last step's, and what plays under its name is its own", async () => {
  const { store, run, second } = twoSteps();
  await run.publish('rl-60s', 'rl-60s-2');
  const rollout = 'r.evaluate-rl-60s.heldout.heldout-0.0';
  run.rollout(rollout, { policy: 'rl-60s', policyVersions: [versionOf({ ...second, name: 'rl-60s' })] });
  const graph = await graphOf(store);
  expect(madeOf(graph, 'checkpoint:rl-60s')).toEqual(['checkpoint:rl-60s-2']);
  expect(cameOf(graph, 'checkpoint:rl-60s')).toEqual([`rollout:${rollout}`]);
  expect(madeOf(graph, 'checkpoint:rl-60s-2')).toEqual(['checkpoint:rl-60s-1', 'dataset:rl-60s-2']);
});

test('what played under a name that was given to another checkpoint since is known by its hash', async () => {
  const { store, run, first } = twoSteps();
  await run.publish('rl-60s', 'rl-60s-2');
  const rollout = 'r.evaluate-rl-60s.heldout.heldout-0.0';
  run.rollout(rollout, { policy: 'rl-60s', policyVersions: [versionOf({ ...first, name: 'rl-60s' })] });
  const graph = await graphOf(store);
  expect(madeOf(graph, `rollout:${rollout}`)).toContain('checkpoint:rl-60s-1');
  expect(cameOf(graph, 'checkpoint:rl-60s')).toEqual([]);
});

test('a rollout that outlived an update was made of both policies', async () => {
  const { store, run, untrained, first } = twoSteps();
  const rollout = 'r.rl-60s.2.train-1.0';
  run.rollout(rollout, { policy: 'rl-60s', policyVersions: [versionOf(untrained), versionOf(first)], score: 0 });
  const graph = await graphOf(store);
  expect(madeOf(graph, `rollout:${rollout}`)).toEqual([
    'checkpoint:rl-60s-1',
    'checkpoint:untrained',
    `verdict:${rollout}`,
  ]);
  expect(factsOf(graph, `rollout:${rollout}`)).toMatchObject({ policy: 'untrained, rl-60s-1' });
});

test('in a stage that is under way rollouts have their policy, and one in play is there without a verdict', async () => {
  const { store, run } = twoSteps();
  const playing = 'r.rl-60s.3.train-0.0';
  run.playing(playing);
  const graph = await graphOf(store);
  expect(graph.nodes.has('checkpoint:rl-60s')).toBe(false);
  expect(madeOf(graph, 'rollout:r.rl-60s.2.train-1.0')).toContain('checkpoint:rl-60s-1');
  expect(madeOf(graph, `rollout:${playing}`)).toEqual(['task:train-0']);
  expect(factsOf(graph, `rollout:${playing}`)).toEqual({ outcome: 'none yet' });
});

test('a stage of RL that trained nothing leaves what it began with', async () => {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  run.begin(rlRecipe());
  run.checkpoint('untrained', null, { kind: 'init' });
  await run.publish('rl-60s', 'untrained');
  expect(madeOf(await graphOf(store), 'checkpoint:rl-60s')).toEqual(['checkpoint:untrained']);
});

test('without versions the policy is what the record says, but in RL, where that is the name of the stage', async () => {
  const { store, run } = twoSteps();
  await run.publish('rl-60s', 'rl-60s-2');
  const evaluated = 'r.evaluate-rl-60s.heldout.heldout-0.0';
  const lost = 'r.rl-60s.2.train-1.2';
  run.rollout(evaluated, { policy: 'rl-60s' });
  run.rollout(lost, { policy: 'rl-60s', outcome: 'infra-failed' });
  const graph = await graphOf(store);
  expect(madeOf(graph, `rollout:${evaluated}`)).toContain('checkpoint:rl-60s');
  expect(madeOf(graph, `rollout:${lost}`)).toEqual(['task:train-1']);
  expect(factsOf(graph, `rollout:${lost}`)).toEqual({ outcome: 'infra-failed', turns: 3 });
});

test('an engine that says the same of all weights leaves the policy that the record names', async () => {
  const { store, run } = twoSteps();
  const evaluated = 'r.evaluate-untrained.heldout.heldout-0.0';
  run.rollout(evaluated, { policy: 'untrained', policyVersions: ['served-model'] });
  expect(madeOf(await graphOf(store), `rollout:${evaluated}`)).toContain('checkpoint:untrained');
});

test('a group whose scores are all equal is in no windows, where the stage skips it', async () => {
  const { store, run } = twoSteps();
  for (const member of [0, 1]) run.rollout(`r.rl-60s.2.train-1.${member}`, { policy: 'rl-60s', score: 0.5 });
  const graph = await graphOf(store);
  expect(madeOf(graph, 'dataset:rl-60s-1')).toHaveLength(2);
  expect(madeOf(graph, 'dataset:rl-60s-2')).toEqual([]);
});

test('the windows of a checkpoint are those of the rollouts that the distillation kept', async () => {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  run.begin(trainingRecipe());
  run.task('train-0');
  for (const member of [0, 1]) run.rollout(`r.distill.0.train-0.${member}`, { score: 0.5 });
  run.stage('distill', { type: 'distill', accepted: ['r.distill.0.train-0.1'] });
  run.dataset('sft', 1);
  run.checkpoint('sft', run.checkpoint('untrained', null));
  const graph = await graphOf(store);
  expect(madeOf(graph, 'dataset:sft')).toEqual(['rollout:r.distill.0.train-0.1']);
  expect(madeOf(graph, 'checkpoint:sft')).toEqual(['checkpoint:untrained', 'dataset:sft']);
  expect(graph.edges.map(({ of }) => of)).not.toContain('checkpoint:teacher');
});

test('however large a run is, each of its files is read once', async () => {
  const { store } = twoSteps();
  const read: string[] = [];
  const counted: Store = {
    ...store,
    readJson: (key) => (read.push(key), store.readJson(key)),
    read: (key) => (read.push(key), store.read(key)),
  };
  await graphOf(counted);
  expect(read.filter((key, index) => read.indexOf(key) !== index)).toEqual([]);
});

test('a run that is not there has none', async () => {
  expect(await readLineage(createFolderStore(folder()), 'r')).toBeUndefined();
});
