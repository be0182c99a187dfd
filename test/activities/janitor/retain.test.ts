import { expect, test } from '@jest/globals';
import { retainRun } from '../../../activities/janitor/retain.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { keys } from '../../../core/names.ts';
import { endedRun, rlReportOf } from '../../support/ended-run.ts';
import { tinyRecipe } from '../../support/recipes.ts';
import { rlRecipe } from '../../support/rl-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

/** Three timeouts of RL. */
const progressive = (retention: object) => ({
  ...rlRecipe({ curriculum: ['60s', '120s', '180s'].map((timeout) => ({ timeout, steps: 4 })) }),
  retention,
});

test('of each stage of RL the best and the last checkpoint of its steps stay, and every manifest', async () => {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', progressive({ checkpoints: { keepBest: 1, keepLast: 1 } }));
  const scores = { 'rl-60s': [0.1, 0.3, 0.2, 0.2], 'rl-120s': [0.5, 0.4, 0.3, 0.2], 'rl-180s': [0.6, 0.7, 0.8, 0.9] };
  await run.stage('untrained');
  await run.checkpoint('untrained');
  for (const [stage, means] of Object.entries(scores)) {
    await run.stage(stage, { rl: rlReportOf(stage, means) });
    for (const name of [stage, ...means.map((_, index) => `${stage}-${index + 1}`)]) await run.checkpoint(name);
  }
  expect(await retainRun(store, 'r')).toBe(2 + 2 + 3);
  const all = await store.list('runs/r/checkpoints');
  const kept = await Promise.all(all.map(async (name) => ((await run.hasWeights(name)) ? [name] : [])));
  expect(kept.flat().toSorted()).toEqual(
    [
      'untrained',
      'rl-60s',
      'rl-60s-2',
      'rl-60s-4',
      'rl-120s',
      'rl-120s-1',
      'rl-120s-4',
      'rl-180s',
      'rl-180s-4',
    ].toSorted(),
  );
  const manifests = await Promise.all(all.map((name) => store.exists(`${keys.checkpoint('r', name)}/manifest.json`)));
  expect(manifests).toEqual(all.map(() => true));
});

test('turn logs beyond the rule go, but for those that a manifest names', async () => {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', tinyRecipe({ retention: { turnLogs: { keepBest: 1 } } }));
  const rows = [0.1, 0.9, 0.5].map((score, member) => ({ rollout: `r.distill.0.a.${member}`, score }));
  for (const { rollout } of rows) await store.write(keys.turns(rollout), 'turns');
  await run.stage('distill', { rows, accepted: ['r.distill.0.a.0'] });
  expect(await retainRun(store, 'r')).toBe(1);
  const kept = await Promise.all(rows.map(({ rollout }) => store.exists(keys.turns(rollout))));
  expect(kept).toEqual([true, true, false]);
});

/** What a rule that keeps nothing at all would take. */
const NOTHING = { turnLogs: {}, checkpoints: {} };

test('a stage of RL that was cancelled keeps what a start under the same id goes on with: its checkpoint, and what it has not trained on', async () => {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', progressive(NOTHING));
  const ofRound = (step: number) => [0, 1].map((member) => ({ rollout: `r.rl-60s.${step}.a.${member}`, score: 0.5 }));
  const rows = [...ofRound(1), ...ofRound(2)];
  for (const { rollout } of rows) await store.write(keys.turns(rollout), 'turns');
  await run.checkpoint('rl-60s-1');
  await run.checkpoint('rl-60s');
  await run.stage('rl-60s', { state: 'cancelled', wanted: 2, rows, rl: rlReportOf('rl-60s', [0.5]) });
  expect(await retainRun(store, 'r')).toBe(0);
  expect(await run.hasWeights('rl-60s-1')).toBe(true);
  const logs = await Promise.all(rows.map(({ rollout }) => store.exists(keys.turns(rollout))));
  expect(logs).toEqual([true, true, true, true]);
});

test('a stage whose rollouts are too few keeps them for when it is gone on with', async () => {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', tinyRecipe({ retention: NOTHING }));
  const rows = [{ rollout: 'r.distill.0.a.0', score: 0.5 }];
  await store.write(keys.turns('r.distill.0.a.0'), 'turns');
  await run.stage('distill', { wanted: 2, rows });
  expect(await retainRun(store, 'r')).toBe(0);
  await run.stage('distill', { wanted: 1, rows });
  expect(await retainRun(store, 'r')).toBe(1);
});

test('nothing goes of a run that has no report: it has not ended by itself', async () => {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', tinyRecipe({ retention: NOTHING }));
  await store.write(keys.turns('r.distill.0.a.0'), 'turns');
  await run.stage('distill', { rows: [{ rollout: 'r.distill.0.a.0', score: 0.5 }] });
  await store.remove(keys.report('r'));
  expect(await retainRun(store, 'r')).toBe(0);
});
