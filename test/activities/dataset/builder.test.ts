import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildDataset } from '../../../activities/dataset/build.ts';
import type { TrajectorySource } from '../../../core/dataset.ts';
import { createHome, makeTrajectory, SPEC } from './dataset-tools.ts';

let place: Awaited<ReturnType<typeof createHome>>;
let trajectories: TrajectorySource[];

beforeAll(async () => {
  place = await createHome();
  trajectories = [await makeTrajectory(place.home, { turns: 20, seed: 1 })];
});
afterAll(() => place.remove());

const build = (name: string, of = trajectories) =>
  buildDataset({ output: join(place.home, name), tokenizer: place.tokenizer, spec: SPEC, trajectories: of });

/** The processes of this one that build datasets, waiting ones included; those of other tests wait too. */
function builders(others: ReadonlySet<string> = OTHERS): string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ');
  const ours = children.filter((pid) => pid !== '' && !others.has(pid));
  return ours.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dataset/child'));
}
const OTHERS: ReadonlySet<string> = new Set(builders(new Set()));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('the process that built a dataset builds the next', async () => {
  await build('first');
  const before = builders();
  expect(before).toHaveLength(1);
  await build('second');
  expect(builders()).toEqual(before);
});

test('datasets that are built at once have a process each, of which one waits for the next', async () => {
  await Promise.all([build('left'), build('right')]);
  await until(() => builders().length === 1);
  await build('after');
  expect(builders()).toHaveLength(1);
});

test('a process that has died or failed is not asked again', async () => {
  await build('before');
  const [first = ''] = builders();
  process.kill(Number(first), 'SIGKILL');
  await until(() => !existsSync(`/proc/${first}`));
  await build('anew');
  const [second] = builders();
  await expect(build('none', [])).rejects.toThrow('there are no trajectories');
  await build('again');
  const [third] = builders();
  expect(new Set([first, second, third]).size).toBe(3);
});
