import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFolderStore } from '../../activities/store.ts';
import { run as lineage } from '../../cli/lineage.ts';
import { readLineage } from '../../cli/lineage/graph.ts';
import { lineageText, lineageTree } from '../../core/lineage.ts';
import { keys } from '../../core/names.ts';
import { recipe } from '../../core/recipe.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const store = createFolderStore(`${home}/store`);
const before = process.env.LONGHAUL_HOME;
const artifact = { uri: 'store:x', sha256: 'x', bytes: 1 };
const workflow = { workflowId: 'r', runId: '1' };
const at = '2026-01-01T00:00:00.000Z';
const ROLLOUT = 'r.distill.0.train-0.0';

async function checkpoint(name: string, parent: string | null, data: string[]): Promise<string> {
  const manifest = {
    job: `r.${name}`,
    kind: 'sft',
    settings: '0'.repeat(64),
    step: 10,
    steps: 10,
    parent: parent === null ? null : { path: '/elsewhere', sha256: parent },
    batch: data.map((path) => ({ path, sha256: '1'.repeat(64), rows: 1, tokens: 1 })),
    files: {},
    metrics: {},
    versions: {},
  };
  const key = `${keys.checkpoint('r', name)}/manifest.json`;
  await store.writeJson(key, manifest);
  return createHash('sha256')
    .update(await store.read(key))
    .digest('hex');
}

beforeAll(async () => {
  process.env.LONGHAUL_HOME = home;
  const given = await store.writeJson('runs/r/recipe.json', recipe.parse(trainingRecipe()));
  await store.writeJson(keys.manifest('r'), {
    run: 'r',
    recipe: given,
    recipeHash: 'h',
    codeVersion: 'v',
    workflow,
    createdAt: at,
  });
  await store.write(`${keys.task('r', 'train-0')}/paper.md`, 'a paper');
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  const played = { end: 'submitted', turns: 3, activeSeconds: 1, sandboxSeconds: 1, usage };
  const record = { rollout: ROLLOUT, task: 'train-0', policy: 'teacher', outcome: 'scored', score: 0.5 };
  await store.writeJson(keys.record(ROLLOUT), { ...record, ...played, submission: artifact, verdict: artifact });
  await store.writeJson(`${keys.stage('r', 'distill')}/manifest.json`, {
    stage: 'distill',
    type: 'distill',
    state: 'completed',
    wanted: 1,
    startedAt: at,
    endedAt: at,
    workflow,
    hash: 'h',
    codeVersion: 'v',
    accepted: [ROLLOUT],
  });
  const counts = { trajectories: 1, leftOut: { turn: 0, prefix: 0 }, leftOutExamples: [], rows: 4, tokens: 9 };
  await store.writeJson(`${keys.datasets('r')}/sft/manifest.json`, {
    kind: 'dataset',
    name: 'sft',
    build: 'b',
    columns: ['input_ids'],
    counts: { ...counts, trainedTokens: 7, histogram: {}, rowsPerTrajectory: {} },
    files: [],
  });
  const untrained = await checkpoint('untrained', null, []);
  await checkpoint('sft', untrained, ['/anywhere/runs/r/datasets/sft/data-0.parquet']);
});
afterAll(() => {
  if (before === undefined) delete process.env.LONGHAUL_HOME;
  else process.env.LONGHAUL_HOME = before;
});

async function linesOf(id: string, direction: 'up' | 'down'): Promise<string[]> {
  const graph = await readLineage(store, 'r');
  return lineageText(lineageTree(graph ?? { nodes: new Map(), edges: [] }, id, direction));
}

test('a checkpoint is traced to the papers that it learnt from', async () => {
  expect(await linesOf('checkpoint:sft', 'up')).toEqual([
    'checkpoint sft  (kind sft, step 10)',
    '  dataset sft  (windows 4, trajectories 1, trainedTokens 7)',
    `    rollout ${ROLLOUT}  (outcome scored, policy teacher, turns 3)`,
    `      verdict ${ROLLOUT}  (score 0.5)`,
    '        task train-0',
    '          paper train-0',
    '  checkpoint untrained  (kind sft, step 10)',
  ]);
});

test('a task is followed to what came of it', async () => {
  expect((await linesOf('task:train-0', 'down')).map((line) => line.trim().split('  ')[0])).toEqual([
    'task train-0',
    `verdict ${ROLLOUT}`,
    `rollout ${ROLLOUT}`,
    'dataset sft',
    'checkpoint sft',
  ]);
});

test('a name that is unknown says what was looked for, and what there is', async () => {
  await expect(lineage(['r/sfft'])).rejects.toThrow(
    'there is no "sfft" in run r: looked for a rollout, checkpoint, dataset, task, paper, verdict of this name in its manifests; its checkpoints: sft, untrained',
  );
});
