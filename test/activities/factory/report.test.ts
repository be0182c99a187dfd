import { expect, test } from '@jest/globals';
import { writeFactoryReport } from '../../../activities/factory/write-factory-report.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { fakePaper } from '../../support/fake-papers.ts';
import { quoting } from '../../support/scripted-builder.ts';
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

test('a paper that is dropped for its rubric is shown with it, and with what was found', async () => {
  const store = createFolderStore(folder());
  const ready = await readyPaper(store, { factory: { rubric: { repairRounds: 0, reviewRounds: 0 } } });
  const leaf = (requirements: string) => ({ ...quoting(requirements, 'words that stand nowhere'), evidence: [] });
  const children = [leaf('Weights are averaged over ten checkpoints'), leaf('Gradients are clipped at a norm of five')];
  ready.models.instead.answer = ({ shape }) =>
    shape.name === 'expand' ? { nodes: ['1', '2', '3'].map((path) => ({ path, children })) } : undefined;
  await askAll(ready);
  await ready.activities.makeTask({ ...ready });
  await writeFactoryReport(store, 'run');
  const page = (await store.read(taskKeys.page(ready.place))).toString();
  expect(page).toContain('Dropped: its rubric does not pass: support');
  expect(page).toMatch(/<ul class="about"><li>support: node 1\.1 /);
  expect(page).toContain('<details open><summary>');
  expect(page).toContain('<b>1.1</b> Weights are averaged over ten checkpoints');
  expect(page).toContain('Rests on no quote.');
  expect(await store.list(taskKeys.made('run'))).toEqual([]);
});

test('a paper’s page says what each filter wanted and found', async () => {
  const store = createFolderStore(folder());
  const filters = [
    { filter: 'years', from: 2020 },
    { filter: 'length', minWords: 500 },
  ];
  const ready = await readyPaper(store, { factory: { filters } });
  await askAll(ready);
  await ready.activities.makeTask({ ...ready });
  await writeFactoryReport(store, 'run');
  const page = (await store.read(taskKeys.page(ready.place))).toString();
  const wrap = (text: string): string => `<td><span class="wrap">${text}</span></td>`;
  expect(page).toContain(`<th scope="row">years</th>${wrap('from 2020')}${wrap('2024')}<td>kept</td>`);
  expect(page).toContain(`<th scope="row">length</th>${wrap('500 to 100000 words')}${wrap('900 words')}<td>kept</td>`);
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
