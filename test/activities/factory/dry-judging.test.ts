import { expect, test } from '@jest/globals';
import { createFolderStore } from '../../../activities/store.ts';
import type { DryJudge } from '../../../activities/factory/dry-judging.ts';
import { provenance } from '../../../core/factory/provenance.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { fakePaper } from '../../support/fake-papers.ts';
import { lineJudge } from '../../support/factory-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { askAll, readyPaper } from './ready.ts';

const folder = temporaryFolders();
const CODE = {
  'train.py': Array.from({ length: 40 }, (_, line) => `step_${line} = run(${line}, rate=0.001)`).join('\n'),
};
const judged = { factory: { models: { builder: 'builder', reviewer: 'reviewer', judge: 'builder' } } };

async function judge(dryJudge: DryJudge, code: Record<string, string> | null = CODE) {
  const store = createFolderStore(folder());
  const paper = { ...fakePaper('alpha'), ...(code ? { code } : {}) };
  const ready = await readyPaper(store, { paper, ...judged, dryJudge: () => dryJudge });
  await askAll(ready);
  expect(await ready.activities.makeTask({ ...ready })).toEqual({ waitsForJudge: true });
  expect(await store.exists(taskKeys.task(ready.place))).toBe(false);
  return { store, place: ready.place, summary: await ready.inContext(() => ready.activities.judgeDry({ ...ready })) };
}

test('a task is published once the judge tells its official code from nothing and from nonsense', async () => {
  const { store, place, summary } = await judge(lineJudge(CODE));
  expect(summary).toMatchObject({ outcome: 'made', why: null });
  const { dryJudging, cost } = provenance.parse(await store.readJson(`${taskKeys.task(place)}/provenance.json`));
  expect(dryJudging).toMatchObject({ ok: true, judge: 'lines-1', official: 1, empty: 0, skipped: null });
  expect(dryJudging.shuffled).toBeLessThan(0.3);
  expect(cost.usd).toBeCloseTo(6 * 0.25 + 0.3);
});

const says = (official: number, empty: number, shuffled: number): DryJudge => ({
  grade: async ({ name }) => ({ score: { official, empty, shuffled }[name] ?? -1, judge: 'says', usd: 0 }),
});

test.each([
  ['the official code scores low', says(0.4, 0, 0), 'the official code scores 0.40, less than 0.6'],
  ['nothing scores', says(1, 0.1, 0), 'an empty submission scores 0.10, more than 0'],
  ['nonsense scores high', says(1, 0, 0.8), 'the official code with its lines shuffled scores 0.80, more than 0.3'],
])('a paper is dropped where %s', async (_, dryJudge, why) => {
  const { store, place, summary } = await judge(dryJudge);
  expect(summary).toMatchObject({ outcome: 'dropped', why });
  expect(await store.exists(taskKeys.task(place))).toBe(false);
});

test('without official code only the empty submission is judged, and that is said', async () => {
  const { store, place } = await judge(says(1, 0, 1), null);
  const { dryJudging } = provenance.parse(await store.readJson(`${taskKeys.task(place)}/provenance.json`));
  expect(dryJudging).toMatchObject({
    official: null,
    empty: 0,
    shuffled: null,
    skipped: expect.stringContaining('no official code'),
  });
});
