import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { prepareTasks, readSuite } from '../../../activities/bookkeeping/prepare-tasks.ts';
import { packageRoot } from '../../../activities/sandboxes/package-root.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { recipe } from '../../../core/recipe.ts';
import { tinyRecipe } from '../../support/recipes.ts';
import { writeTaskFolder } from '../../support/task-folders.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

const EVALUATE = { type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' };

const JUDGE = {
  models: { m: { type: 'openai-compatible', model: 'm', baseUrl: 'http://localhost:1' } },
  judge: { type: 'llm', model: 'm' },
};

const prepare = (store: Store, tasks: object, more: object = {}): Promise<void> =>
  new MockActivityEnvironment().run(
    prepareTasks,
    { store, programs: 'tasks/micropaper', root: packageRoot() },
    'run',
    recipe.parse(tinyRecipe({ tasks: { type: 'folder', ...tasks }, stages: [EVALUATE], ...JUDGE, ...more })),
  );

const SEEN = ['addendum.md', 'assets', 'blacklist.txt', 'paper.md', 'paper.pdf'];

test('a run has its own copy of a task, in which what the agent may see lies apart', async () => {
  const [tasks, store] = [folder(), createFolderStore(folder())];
  writeTaskFolder(tasks, 'one');
  writeTaskFolder(tasks, 'two');
  await prepare(store, { paths: [tasks], heldout: ['two'] });

  expect(await readSuite(store, 'run', 'train')).toEqual(['one']);
  expect(await readSuite(store, 'run', 'heldout')).toEqual(['two']);
  expect(await store.list('runs/run/tasks/one')).toEqual([
    'config.yaml',
    'instructions.md',
    'judge.addendum.md',
    'paper',
    'rubric.json',
    'task.json',
  ]);
  expect(await store.list('runs/run/tasks/one/paper')).toEqual(SEEN);
  const instructions = (await store.read('runs/run/tasks/one/instructions.md')).toString();
  expect(instructions).toContain('*A paper: one*');
});

test('a task is named by its content, wherever it lies', async () => {
  const [here, there, store] = [folder(), folder(), createFolderStore(folder())];
  writeTaskFolder(here, 'one');
  writeTaskFolder(there, 'one');
  await prepare(store, { paths: [here], heldout: ['one'] });
  const hashOf = async (of: Store) => ((await of.readJson('runs/run/tasks/one/task.json')) as { hash: string }).hash;
  const same = createFolderStore(folder());
  await prepare(same, { paths: [there], heldout: ['one'] });
  expect(await hashOf(same)).toBe(await hashOf(store));
  writeFileSync(join(there, 'one/paper.md'), '# another\n');
  const other = createFolderStore(folder());
  await prepare(other, { paths: [there], heldout: ['one'] });
  expect(await hashOf(other)).not.toBe(await hashOf(store));
});

test('what is changed in a folder later changes nothing of a run that has begun', async () => {
  const [tasks, store] = [folder(), createFolderStore(folder())];
  const one = writeTaskFolder(tasks, 'one');
  await prepare(store, { paths: [one], heldout: 'rest', train: [] });
  writeFileSync(join(one, 'paper.md'), '# another\n');
  await prepare(store, { paths: [one], heldout: 'rest', train: [] });
  expect((await store.read('runs/run/tasks/one/paper/paper.md')).toString()).toContain('# one');
});

test('tasks are taken from the store too, where the factory puts them', async () => {
  const root = folder();
  writeTaskFolder(join(root, 'runs/factory-1/made'), 'one');
  const store = createFolderStore(root);
  await prepare(store, { paths: ['store:runs/factory-1/made'], heldout: ['one'] });
  expect(await readSuite(store, 'run', 'heldout')).toEqual(['one']);
});

test('a recipe can bring its own instructions', async () => {
  const [tasks, store] = [folder(), createFolderStore(folder())];
  writeTaskFolder(tasks, 'one');
  const file = join(folder(), 'words.md');
  writeFileSync(file, 'reproduce {{title}} ({{id}})\n');
  await prepare(store, { paths: [tasks], heldout: ['one'], instructions: file });
  expect((await store.read('runs/run/tasks/one/instructions.md')).toString()).toBe('reproduce A paper: one (one)\n');
});

test.each<[string, (tasks: string) => object, RegExp]>([
  [
    'a task with an error',
    (tasks) => ({ paths: [writeTaskFolder(tasks, 'one', { 'rubric.json': '{' })], heldout: ['one'] }),
    /one\/rubric\.json: root: not JSON/,
  ],
  [
    'a folder that there is not',
    (tasks) => ({ paths: [join(tasks, 'nowhere')] }),
    /tasks\.paths: there is no folder .*nowhere/,
  ],
  ['a folder without tasks', (tasks) => ({ paths: [tasks] }), /tasks\.paths: there is no task folder in/],
  [
    'a task that there is not',
    (tasks) => ({ paths: [writeTaskFolder(tasks, 'one')], train: ['two'] }),
    /tasks: there is no task "two"; there is one/,
  ],
  [
    'two tasks of one name',
    (tasks) => ({ paths: [writeTaskFolder(tasks, 'one'), writeTaskFolder(join(tasks, 'more'), 'one')] }),
    /the task one is in .* too/,
  ],
])('%s is refused with a sentence', async (_what, tasks, message) => {
  const store = createFolderStore(folder());
  await expect(prepare(store, { heldout: ['one'], ...tasks(folder()) })).rejects.toThrow(message);
  expect(await store.exists('runs/run/tasks/suites.json')).toBe(false);
});

test('a link in a task folder is refused, so that nothing from outside is copied', async () => {
  const tasks = folder();
  const one = writeTaskFolder(tasks, 'one');
  symlinkSync('/etc/passwd', join(one, 'assets/two.png'));
  await expect(prepare(createFolderStore(folder()), { paths: [tasks], heldout: ['one'] })).rejects.toThrow(
    'assets/two.png: is a link',
  );
});

test('a judge that goes by checks takes no task without them', async () => {
  const tasks = folder();
  writeTaskFolder(tasks, 'one');
  const given = prepare(
    createFolderStore(folder()),
    { paths: [tasks], heldout: ['one'] },
    { judge: { type: 'check' } },
  );
  await expect(given).rejects.toThrow('one/checks.json: is missing, which a judge of type check needs');
});
