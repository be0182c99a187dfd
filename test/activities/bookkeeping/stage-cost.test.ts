import { expect, test } from '@jest/globals';
import { stageCost } from '../../../activities/bookkeeping/stage-cost.ts';
import { readRecord } from '../../../activities/record-outcome.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { closeLedger } from '../../../core/ledger.ts';
import { keys } from '../../../core/names.ts';
import { recipe as recipeSchema } from '../../../core/recipe.ts';
import type { RolloutRecord } from '../../../core/record.ts';
import type { StageReport } from '../../../core/report.ts';
import { stagesOf } from '../../../core/stages.ts';
import { noUsage } from '../../../core/trajectory.ts';
import { stepOf } from '../../support/ended-run.ts';
import { rlRecipe } from '../../support/rl-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

/** A stage of RL of two steps, each of which trained for 10 s on a rollout that took 5 s of a sandbox. */
async function twoSteps() {
  const store = createFolderStore(folder());
  const stage = stagesOf(recipeSchema.parse(rlRecipe())).find(({ type }) => type === 'rl')!;
  const rollouts = [1, 2].map((step) => `run.${stage.name}.${step}.paper.0`);
  for (const [index, rollout] of rollouts.entries()) {
    const played = { turns: 1, activeSeconds: 1, sandboxSeconds: 5, usage: noUsage() };
    const scored = { outcome: 'scored', score: 1, end: 'submitted' };
    await store.writeJson(keys.record(rollout), { rollout, task: 'paper', policy: stage.name, ...scored, ...played });
    const step = stepOf(`${stage.name}-${index + 1}`, index + 1, 1);
    await store.writeJson(keys.rlStep('run', stage.name, index + 1), {
      ...step,
      batch: [],
      manifestSha256: '',
      trained: true,
      metrics: { seconds: 10 },
    });
  }
  const records = await Promise.all(rollouts.map((rollout) => readRecord(store, rollout)));
  const { rows } = closeLedger(rollouts, records as RolloutRecord[]);
  const cost = () => stageCost(store, { run: 'run', stage, report: {} as StageReport, rows });
  return { store, stage, rollouts, cost };
}

test('a stage has cost its sandboxes and its updates', async () => {
  const { cost } = await twoSteps();
  expect(await cost()).toMatchObject({ sandboxSeconds: 10, gpuSeconds: 20 });
});

test('what a stage took over of another run has cost it nothing', async () => {
  const { store, stage, rollouts, cost } = await twoSteps();
  const part = { from: 'old', steps: 1, rollouts: rollouts.slice(0, 1), complete: true };
  await store.writeJson(keys.adopted('run', stage.name), part);
  expect(await cost()).toMatchObject({ sandboxSeconds: 5, gpuSeconds: 10 });
});
