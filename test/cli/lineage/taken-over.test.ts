import { expect, test } from '@jest/globals';
import { createFolderStore } from '../../../activities/store.ts';
import shippedFactory from '../../../config/recipes/factory.json';
import { noPaperCost } from '../../../core/factory/outcome.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { keys } from '../../../core/names.ts';
import { factsOf, graphOf, madeOf } from '../../support/lineage-graph.ts';
import { lineageRun, playTwoSteps, rlRecipe } from '../../support/lineage-run.ts';
import { tinyRecipe, trainingRecipe } from '../../support/recipes.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

test('everything of a stage that was taken over says from which run, and nothing else does', async () => {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  run.begin(rlRecipe());
  playTwoSteps(store, 'r');
  await run.publish('rl-60s', 'rl-60s-2');
  run.stage('rl-60s', { type: 'rl', reusedFrom: 'earlier' });
  const { nodes } = await graphOf(store);
  const taken = [...nodes.values()].filter(({ facts }) => facts['from'] === 'earlier').map(({ id }) => id);
  expect(taken.toSorted()).toEqual([
    'checkpoint:rl-60s',
    'checkpoint:rl-60s-1',
    'checkpoint:rl-60s-2',
    'dataset:rl-60s-1',
    'dataset:rl-60s-2',
    ...['1.train-0.0', '1.train-0.1', '2.train-1.0', '2.train-1.1'].map((place) => `rollout:r.rl-60s.${place}`),
    ...['1.train-0.0', '1.train-0.1', '2.train-1.0', '2.train-1.1'].map((place) => `verdict:r.rl-60s.${place}`),
  ]);
  expect([...nodes.values()].filter(({ facts }) => 'from' in facts)).toHaveLength(taken.length);
});

test('of a stage that was taken over in part, what the other run had done says so', async () => {
  const store = createFolderStore(folder());
  const [earlier, run] = [lineageRun(store, 'earlier'), lineageRun(store, 'r')];
  earlier.begin(trainingRecipe());
  earlier.rollout('earlier.distill.0.train-0.0', { score: 0.5 });
  run.begin({ ...trainingRecipe(), resumeFrom: 'earlier' });
  run.rollout('r.distill.0.train-0.0', { score: 0.5 });
  run.rollout('r.distill.0.train-0.1', { score: 0.5 });
  const graph = await graphOf(store);
  expect(factsOf(graph, 'rollout:r.distill.0.train-0.0')).toMatchObject({ from: 'earlier' });
  expect(factsOf(graph, 'verdict:r.distill.0.train-0.0')).toMatchObject({ from: 'earlier' });
  expect(factsOf(graph, 'rollout:r.distill.0.train-0.1')).not.toHaveProperty('from');
});

test('of a stage that was forked at a step, the checkpoints that another run has trained say so', async () => {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  lineageRun(store, 'earlier').begin(rlRecipe());
  run.begin(rlRecipe({ forkFrom: { run: 'earlier', stage: 'rl-60s', step: 1 } }));
  const untrained = run.checkpoint('untrained', null, { kind: 'init', by: 'earlier' });
  const first = run.checkpoint('rl-60s-1', untrained, { kind: 'rl', by: 'earlier' });
  run.dataset('rl-60s-1', 2);
  run.checkpoint('rl-60s-2', first, { kind: 'rl' });
  const graph = await graphOf(store);
  expect(factsOf(graph, 'checkpoint:rl-60s-1')).toMatchObject({ from: 'earlier' });
  expect(factsOf(graph, 'dataset:rl-60s-1')).toMatchObject({ from: 'earlier' });
  expect(factsOf(graph, 'checkpoint:rl-60s-2')).not.toHaveProperty('from');
  expect(madeOf(graph, 'checkpoint:rl-60s-1')).toContain('dataset:rl-60s-1');
});

test('a task has the title of its paper, and the run whose factory made it', async () => {
  const store = createFolderStore(folder());
  const run = lineageRun(store, 'r');
  const { models, factory } = shippedFactory;
  const judge = { type: 'llm', model: 'judge', variant: 'code-development' };
  const stages = [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' }];
  run.begin(tinyRecipe({ tasks: { type: 'factory', heldout: 1 }, models, factory, judge, stages }));
  for (const paper of ['old', 'new']) {
    run.task(paper);
    await store.writeJson(`${keys.task('r', paper)}/task.json`, { title: `The ${paper} paper` });
    const ended = { outcome: 'made', drop: null, reason: null, leaves: 1, cost: noPaperCost() };
    const made = { paper, title: paper, ...ended };
    await store.writeJson(taskKeys.outcome({ run: 'r', paper }), paper === 'old' ? { ...made, from: 'earlier' } : made);
  }
  const graph = await graphOf(store);
  expect(factsOf(graph, 'paper:old')).toEqual({ title: 'The old paper', from: 'earlier' });
  expect(factsOf(graph, 'task:old')).toEqual({ from: 'earlier' });
  expect(factsOf(graph, 'paper:new')).toEqual({ title: 'The new paper' });
});
