import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createFolderStore } from '../../../activities/store.ts';
import { edit } from '../../../cli/rubric.ts';
import { UserError } from '../../../cli/user-error.ts';
import { provenance } from '../../../core/factory/provenance.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { askAll, readyPaper } from './ready.ts';

const folder = temporaryFolders();

async function made() {
  const store = createFolderStore(folder());
  const ready = await readyPaper(store);
  await askAll(ready);
  await ready.activities.makeTask({ ...ready });
  const task = taskKeys.task(ready.place);
  const rubric = JSON.parse((await store.read(`${task}/rubric.json`)).toString()) as {
    sub_tasks: { requirements: string; weight: number; sub_tasks: object[] }[];
  };
  const file = join(folder(), 'rubric.json');
  const save = (value: unknown): void => writeFileSync(file, JSON.stringify(value));
  const take = (note = ''): Promise<string> => edit(store, ready.place, { file, by: 'ada', note });
  const known = async () => provenance.parse(await store.readJson(`${task}/provenance.json`)).rubric;
  return { store, place: ready.place, rubric, save, take, known, task };
}

test('a person’s edit is the next version, and every version is kept', async () => {
  const { store, place, rubric, save, take, known, task } = await made();
  const [first] = rubric.sub_tasks;
  if (!first) throw new Error('the rubric is empty');
  first.weight = 17;
  save(rubric);
  expect(await take('data matter more')).toContain('version 2 is in');
  expect((await known()).versions).toMatchObject([
    { version: 1, by: 'factory' },
    { version: 2, by: 'ada', note: 'data matter more' },
  ]);
  expect(await store.list(taskKeys.rubrics(place))).toEqual(['1.json', '2.json']);
  expect(JSON.parse((await store.read(`${task}/rubric.json`)).toString())).toMatchObject({
    sub_tasks: [{ weight: 17 }, {}, {}],
  });
  expect(readFileSync(store.path(taskKeys.page(place)), 'utf8')).toContain('version 2 by ada');
});

test('an edit that PaperBench would not take is refused with the node’s path, and changes nothing', async () => {
  const { rubric, save, take, known } = await made();
  save({ ...rubric, sub_tasks: [{ ...rubric.sub_tasks[0], weight: -1 }] });
  await expect(take()).rejects.toThrow(UserError);
  await expect(take()).rejects.toThrow(/root\.sub_tasks\[0\] .*weight must not be negative/);
  expect((await known()).versions).toHaveLength(1);
});

test('what the checks find in an edit is told and kept with the version', async () => {
  const { rubric, save, take, known } = await made();
  const leaf = {
    id: 'x',
    requirements: 'The code is of good quality',
    weight: 1,
    sub_tasks: [],
    task_category: 'Code Development',
    finegrained_task_category: 'Method Implementation',
  };
  save({ ...rubric, sub_tasks: [...rubric.sub_tasks, leaf] });
  const said = await take();
  expect(said).toContain('support: node 4 has no quote that it rests on');
  expect((await known()).versions.at(-1)?.checks.find(({ check }) => check === 'support')).toMatchObject({ ok: false });
});
