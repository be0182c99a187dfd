import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildDataset } from '../../../activities/dataset/build.ts';
import { loadRenderer } from '../../../activities/tokens/renderer.ts';
import { createTranscriber } from '../../../activities/tokens/transcribe.ts';
import { readTurnLog } from '../../../activities/agent/turn-log.ts';
import { datasetSpec, type TrajectorySource } from '../../../core/dataset.ts';
import { assembleRow } from '../../../core/rows.ts';
import { windowsOf } from '../../../core/transcript.ts';
import { finishedTurns } from '../../../core/trajectory.ts';
import { bytesOf, createHome, makeTrajectory, readRows, SPEC } from './dataset-tools.ts';

let place: Awaited<ReturnType<typeof createHome>>;
let trajectories: TrajectorySource[];

beforeAll(async () => {
  place = await createHome();
  trajectories = await Promise.all(
    Array.from({ length: 12 }, (_, seed) => makeTrajectory(place.home, { turns: 5 + 3 * seed, seed })),
  );
});
afterAll(() => place.remove());

const request = (name: string, over: Partial<Parameters<typeof buildDataset>[0]> = {}) => ({
  output: join(place.home, name),
  tokenizer: place.tokenizer,
  spec: SPEC,
  trajectories,
  ...over,
});

test('a dataset holds the windows of its trajectories, in order, and the manifest counts them', async () => {
  const manifest = await buildDataset(request('plain'));
  const rows = manifest.files.flatMap(({ path }) => readRows(join(place.home, 'plain', path)));
  expect(rows).toEqual(await expectedRows());
  expect(manifest.counts).toMatchObject({ trajectories: 12, rows: rows.length, leftOut: { turn: 0, prefix: 0 } });
  expect(manifest.counts.tokens).toBe(rows.reduce((sum, row) => sum + (row['input_ids'] as number[]).length, 0));
  expect(manifest.files.length).toBeGreaterThan(2);
  expect(manifest.files[0]?.path).toBe(`train-00000-of-0000${manifest.files.length}.parquet`);
  expect(Object.keys(await bytesOf(join(place.home, 'plain')))).toEqual(
    ['README.md', 'manifest.json', ...manifest.files.map(({ path }) => path)].toSorted(),
  );
});

async function expectedRows() {
  const spec = datasetSpec.parse(SPEC);
  if (spec.rows.type !== 'trajectories') throw new Error('not of trajectories');
  const { rows } = spec;
  const transcribe = createTranscriber(await loadRenderer(place.tokenizer, rows.renderer), rows);
  const made = [];
  for (const { rollout, turns, instructions } of trajectories) {
    const transcript = transcribe(instructions, finishedTurns(await readTurnLog(turns)));
    for (const window of windowsOf(transcript, rows.windows)) {
      const { input_ids, labels } = assembleRow(transcript, window);
      made.push({ input_ids, labels, rollout_id: rollout, window: window.index });
    }
  }
  return made;
}

test('built again elsewhere, every byte is the same; with other trajectories it is another build', async () => {
  const first = await buildDataset(request('again-1'));
  const second = await buildDataset(request('again-2'));
  expect(await bytesOf(join(place.home, 'again-2'))).toEqual(await bytesOf(join(place.home, 'again-1')));
  const other = await buildDataset(request('again-2', { trajectories: trajectories.slice(1) }));
  expect([first.build === second.build, other.build === second.build]).toEqual([true, false]);
});

test('a finished dataset is left as it is', async () => {
  await buildDataset(request('kept'));
  const file = join(place.home, 'kept', 'manifest.json');
  const before = await stat(file);
  await buildDataset(request('kept'));
  expect((await stat(file)).ino).toBe(before.ino);
});

test('the card has front matter, counts, the histogram of tokens, the source runs, the recipe and the license', async () => {
  const { counts } = await buildDataset(request('card'));
  const card = await readFile(join(place.home, 'card', 'README.md'), 'utf8');
  expect(card).toMatch(/^---\nlicense: "apache-2.0"\npretty_name: "made"\n[\s\S]*path: train-\*\.parquet\n---\n/);
  expect(card).toContain(`| trained tokens | ${counts.trainedTokens} |`);
  for (const [upper, rows] of Object.entries(counts.histogram)) expect(card).toContain(`| ${upper} | ${rows} |`);
  expect(Object.values(counts.histogram).reduce((sum, rows) => sum + rows, 0)).toBe(counts.rows);
  expect(card).toContain('- run-1\n');
  expect(card).toContain('Recipe: `abc`');
});

test('a trajectory with a turn longer than the reserve is left out and counted', async () => {
  const rows = { ...SPEC.rows, observationTokens: 9 } as typeof SPEC.rows;
  const { counts } = await buildDataset(request('long', { spec: { ...SPEC, rows } }));
  expect(counts.leftOut.turn).toBeGreaterThan(0);
  expect(counts.trajectories + counts.leftOut.turn).toBe(12);
  expect(counts.leftOutExamples[0]?.why).toMatch(/^turn \d+ holds \d+ tokens, more than the reserve of 16$/);
});

test('a prefix that leaves no room fails the dataset and gives the numbers, unless it is to be left out', async () => {
  const instructions = Array.from({ length: 60 }, () => 'ls').join(' ');
  const mixed = [{ ...(trajectories[0] as TrajectorySource), instructions }, ...trajectories.slice(1)];
  const numbers = /distill\.0\.paper\.0: the prefix holds \d+ tokens; with a reserve of 16 it does not fit into 64/;
  await expect(buildDataset(request('prefix', { trajectories: mixed }))).rejects.toThrow(numbers);
  const rows = { ...SPEC.rows, unfit: 'leave-out' } as typeof SPEC.rows;
  const { counts } = await buildDataset(request('prefix', { spec: { ...SPEC, rows }, trajectories: mixed }));
  expect(counts).toMatchObject({ trajectories: 11, leftOut: { turn: 0, prefix: 1 } });
});

test('a dataset without rows, and one whose turn log is missing, are errors', async () => {
  await expect(buildDataset(request('none', { trajectories: [] }))).rejects.toThrow('there are no trajectories');
  const lost = { rollout: 'lost', turns: join(place.home, 'lost.jsonl'), instructions: 'ls' };
  await expect(buildDataset(request('none', { trajectories: [lost] }))).rejects.toThrow('ENOENT');
});

test('rows for RL carry the advantage and the log-probs that were sampled', async () => {
  const source = await makeTrajectory(place.home, { turns: 9, seed: 90, sampled: true, advantage: -0.25 });
  const { columns, files } = await buildDataset(request('rl', { trajectories: [source] }));
  expect(columns).toEqual(['input_ids', 'labels', 'advantages', 'old_logprobs', 'rollout_id', 'window']);
  const rows = files.flatMap(({ path }) => readRows(join(place.home, 'rl', path)));
  for (const row of rows) {
    const { labels, old_logprobs: old } = row as Record<string, number[]>;
    expect(row['advantages']).toBe(-0.25);
    expect(old?.map((value) => value < 0)).toEqual(labels?.map((label) => label !== -100));
  }
});

test('rows for RL are refused without sampled log-probs, and where only some have an advantage', async () => {
  const teacher = await makeTrajectory(place.home, { turns: 3, seed: 91, advantage: 1 });
  await expect(buildDataset(request('rl-2', { trajectories: [teacher] }))).rejects.toThrow('no sampled log-probs');
  const student = await makeTrajectory(place.home, { turns: 3, seed: 92, sampled: true, advantage: 1 });
  const both = [student, trajectories[0] as TrajectorySource];
  await expect(buildDataset(request('rl-2', { trajectories: both }))).rejects.toThrow('some have none');
});

test('drills are a dataset as well', async () => {
  const spec = { ...SPEC, rows: { type: 'drills' as const, seed: 3, examples: 50 } };
  const { counts, files } = await buildDataset(request('drills', { spec, trajectories: [] }));
  expect(counts).toMatchObject({ trajectories: 50, rows: 50 });
  expect(files.map(({ rows }) => rows)).toEqual([20, 20, 10]);
});

test('a build that is aborted before it begins leaves no dataset', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(buildDataset(request('aborted'), { signal })).rejects.toThrow('stopped');
  await expect(stat(join(place.home, 'aborted'))).rejects.toThrow('ENOENT');
});
