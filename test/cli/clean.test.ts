import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startRun } from '../../activities/bookkeeping/start-run.ts';
import { createFolderStore, type Store } from '../../activities/store.ts';
import { removable, run as clean } from '../../cli/clean.ts';
import { diskText, run as disk, sizeOf } from '../../cli/disk-use.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { stagesOf } from '../../core/stages.ts';
import { sampleReport } from '../activities/report/sample.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const smoke = JSON.parse(readFileSync(join(__dirname, '../../config/recipes/smoke.json'), 'utf8')) as unknown;
const [rl] = stagesOf(recipeSchema.parse(smoke)).filter(({ type }) => type === 'rl');
const STEP = `${rl?.name}-1`;

/** A run with bulk of every kind, and what must stay beside it. */
async function made(name: string): Promise<Store> {
  const store = createFolderStore(join(home, name));
  await startRun(
    { store, codeVersion: 't' },
    { run: 'smoke', recipe: smoke, workflow: { workflowId: 'w', runId: 'r' } },
  );
  for (const checkpoint of [STEP, rl?.name ?? '', 'sft']) {
    await store.write(`${keys.checkpoint('smoke', checkpoint)}/model.safetensors`, 'x'.repeat(1000));
    await store.write(`${keys.checkpoint('smoke', checkpoint)}/manifest.json`, '{}');
  }
  await store.write(`runs/smoke/datasets/${STEP}/rows.parquet`, 'x'.repeat(500));
  await store.write(`runs/smoke/datasets/sft/rows.parquet`, 'x'.repeat(500));
  await store.write(`runs/smoke/jobs/sft/state.safetensors`, 'x'.repeat(300));
  await store.write(`runs/smoke/jobs/sft/job.json`, '{}');
  const rollout = 'smoke.distill.0.paper.0';
  await store.write(`${keys.rollout(rollout)}/snapshots/3.tar`, 'x'.repeat(200));
  await store.write(keys.turns(rollout), '{}');
  return store;
}

async function ended(store: Store): Promise<void> {
  const [first] = sampleReport().stages;
  const stages = stagesOf(recipeSchema.parse(smoke)).map(({ name }) => ({ ...first!, name, state: 'completed' }));
  await store.writeJson(keys.report('smoke'), sampleReport({ run: 'smoke', stages }));
}

test('of an ended run the weights and rows of single steps go, saved states and snapshots too; all else stays', async () => {
  const store = await made('one');
  await ended(store);
  expect(await removable(store, 'smoke', false)).toEqual([
    { key: `runs/smoke/checkpoints/${STEP}/model.safetensors`, size: 1000 },
    { key: `runs/smoke/datasets/${STEP}/rows.parquet`, size: 500 },
    { key: 'runs/smoke/jobs/sft/state.safetensors', size: 300 },
    { key: 'runs/smoke/rollouts/smoke.distill.0.paper.0/snapshots', size: 200 },
  ]);
});

test('a run that may go on keeps everything, unless all of it is to go', async () => {
  const store = await made('two');
  await expect(removable(store, 'smoke', false)).rejects.toThrow('has not come to its end');
  expect((await removable(store, 'smoke', true)).map(({ key }) => key)).toEqual(['runs/smoke']);
  await expect(removable(store, 'other', true)).rejects.toThrow('there is no run "other"');
});

test('disk use is told run by run, part by part', async () => {
  const store = await made('three');
  const text = diskText({ store: store.path(''), database: join(home, 'none.db'), logs: join(home, 'none') });
  expect(text).toMatch(/^run +checkpoints +rollouts +datasets +tasks +jobs +other +in all$/m);
  expect(text).toMatch(/^smoke +3\.01 kB +0\.20 kB +1\.00 kB +– +0\.30 kB /m);
  expect(sizeOf(join(home, 'nowhere'))).toBe(0);
});

test.each([[[]], [['a', 'b']], [['a', '--no']]])(
  'clean refuses the arguments %j, and disk takes none',
  async (args) => {
    await expect(clean(args)).rejects.toMatchObject({ exitCode: 2 });
    await expect(disk(['a'])).rejects.toMatchObject({ exitCode: 2 });
  },
);
