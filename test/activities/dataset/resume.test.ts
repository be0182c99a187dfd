import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildDataset } from '../../../activities/dataset/build.ts';
import type { TrajectorySource } from '../../../core/dataset.ts';
import { bytesOf, createHome, makeTrajectory, SPEC } from './dataset-tools.ts';

let place: Awaited<ReturnType<typeof createHome>>;
let trajectories: TrajectorySource[];

beforeAll(async () => {
  place = await createHome();
  const made = await Promise.all(
    Array.from({ length: 10 }, (_, seed) => makeTrajectory(place.home, { turns: 20 + seed, seed })),
  );
  trajectories = Array.from({ length: 60 }, (_, at) => made[at % 10] as TrajectorySource);
  await buildDataset(request('whole'));
});
afterAll(() => place.remove());

const request = (name: string) => ({
  output: join(place.home, name),
  tokenizer: place.tokenizer,
  spec: SPEC,
  trajectories,
});

const shardsOf = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.parquet'));

/** Where attempts at a dataset are under way, or were. */
const asidesOf = async (name: string): Promise<string[]> =>
  (await readdir(place.home))
    .filter((file) => file.startsWith(`${name}.partial`))
    .map((file) => join(place.home, file));

/** Waits until some shards of the only attempt at a dataset are finished; its folder. */
async function begun(name: string): Promise<string> {
  for (;;) {
    const [folder = ''] = await asidesOf(name);
    const finished = (await readdir(folder).catch(() => [])).filter((file) => /^part-\d+\.parquet$/.test(file));
    if (finished.length >= 2) return folder;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Builds until some shards are finished, then kills the child. */
async function killed(name: string): Promise<string> {
  const controller = new AbortController();
  const building = buildDataset(request(name), { signal: controller.signal });
  building.catch(() => undefined);
  const folder = await begun(name);
  controller.abort(new Error('killed'));
  await expect(building).rejects.toThrow('abort');
  return folder;
}

test('an attempt that was overtaken, and builds on, is in the way of no other', async () => {
  const overtaken = buildDataset(request('twice'));
  await begun('twice');
  const both = await Promise.all([overtaken, buildDataset(request('twice')), buildDataset(request('twice'))]);
  expect(new Set(both.map(({ build }) => build)).size).toBe(1);
  expect(await bytesOf(request('twice').output)).toEqual(await bytesOf(request('whole').output));
  await buildDataset(request('twice'));
  expect(await asidesOf('twice')).toEqual([]);
}, 60_000);

test('killed midway, a build goes on after its finished shards, and its bytes are those of one that was not', async () => {
  const folder = await killed('killed');
  await expect(stat(request('killed').output)).rejects.toThrow('ENOENT');
  const first = await stat(join(folder, 'part-00000.parquet'));
  await buildDataset(request('killed'));
  const [name = ''] = await shardsOf(request('killed').output);
  expect((await stat(join(request('killed').output, name))).ino).toBe(first.ino);
  expect(await bytesOf(request('killed').output)).toEqual(await bytesOf(request('whole').output));
}, 30_000);

test('a finished shard that was damaged since is written again', async () => {
  const folder = await killed('damaged');
  await writeFile(join(folder, 'part-00001.parquet'), 'damaged');
  await buildDataset(request('damaged'));
  expect(await bytesOf(request('damaged').output)).toEqual(await bytesOf(request('whole').output));
}, 30_000);

test('a line of the journal that the kill tore counts as not written', async () => {
  const folder = await killed('torn');
  const journal = join(folder, 'journal.jsonl');
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.slice(0, text.indexOf('\n') + 40));
  await buildDataset(request('torn'));
  expect(await bytesOf(request('torn').output)).toEqual(await bytesOf(request('whole').output));
}, 30_000);

test('what another build left behind is not gone on with', async () => {
  await killed('other');
  const fewer = { ...request('other'), trajectories: trajectories.slice(3) };
  await buildDataset(fewer);
  await buildDataset({ ...fewer, output: join(place.home, 'fewer') });
  expect(await bytesOf(request('other').output)).toEqual(await bytesOf(join(place.home, 'fewer')));
}, 30_000);

test('a build that was killed before it could rename its folder only renames it', async () => {
  await buildDataset(request('unnamed'));
  const inode = (await stat(join(request('unnamed').output, 'manifest.json'))).ino;
  await rename(request('unnamed').output, `${request('unnamed').output}.partial`);
  await writeFile(join(`${request('unnamed').output}.partial`, 'job.json'), await jobOf('unnamed'));
  await buildDataset(request('unnamed'));
  expect((await stat(join(request('unnamed').output, 'manifest.json'))).ino).toBe(inode);
}, 30_000);

/** What `job.json` said of a finished build, as far as going on depends on it. */
async function jobOf(name: string): Promise<string> {
  const manifest = await readFile(join(`${request(name).output}.partial`, 'manifest.json'), 'utf8');
  return JSON.stringify({ build: (JSON.parse(manifest) as { build: string }).build });
}
