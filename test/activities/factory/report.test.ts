import { expect, test } from '@jest/globals';
import { writeFactoryReport } from '../../../activities/factory/write-factory-report.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { fakePaper } from '../../support/fake-papers.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { askAll, readyPaper } from './ready.ts';

const folder = temporaryFolders();

test('a paper’s page says what each leaf rests on, with the line of the paper', async () => {
  const store = createFolderStore(folder());
  const ready = await readyPaper(store, {
    paper: fakePaper('alpha', { code: { 'train.py': 'optimizer = Adam(learning_rate=0.001)\n' } }),
  });
  await askAll(ready);
  await ready.activities.makeTask({ ...ready });
  await writeFactoryReport(store, 'run');
  const page = (await store.read(taskKeys.page(ready.place))).toString();
  expect(page).toContain('A task with');
  expect(page).toContain(
    '<q>The encoders of alpha are built with 3 blocks and trained for 10 epochs on corpus enco0.</q> <cite><a href="../../factory/alpha/paper.md"><code>paper.md:3</code></a></cite>',
  );
  expect(page).toContain('<code>train.py:1</code>');
  expect(page).toContain('https://example.org/alpha at aaaaaaaaaaaa');
  const overview = (await store.read(taskKeys.reportPage('run'))).toString();
  expect(overview).toContain('<a href="papers/alpha/paper.html">On alpha</a> <small>alpha</small>');
  expect(overview).toContain('checks passed, accepted after 1 review. Dry judging: the recipe names no judge.');
});

test('a dropped paper’s page says at which step, by which rule and why; text of papers is never markup', async () => {
  const store = createFolderStore(folder());
  const paper = { ...fakePaper('alpha'), text: '# On <script>alert(1)</script>\n\nNothing to see.' };
  const ready = await readyPaper(store, { paper, factory: { budget: { paperUsd: 0.1 } } });
  const [call] = ready.plan.calls;
  if (!call) throw new Error('nothing is asked');
  await ready.inContext(() => ready.activities.askModel({ ...ready, call }));
  await ready.activities.makeTask({ ...ready });
  await writeFactoryReport(store, 'run');
  const page = (await store.read(taskKeys.page(ready.place))).toString();
  expect(page).toContain('Dropped: its calls cost $0.25, more than the $0.10 a paper may (budget, paperUsd).');
  expect(page).not.toContain('<script>');
});
