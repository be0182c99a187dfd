import { expect, test } from '@jest/globals';
import { FOLDER, problemsOf, type FolderFacts, type FolderFile } from '../../core/task-folder.ts';
import { PAPERS, paperbench } from './rubric/data.ts';

const RUBRIC = {
  id: 'root',
  requirements: 'all is reproduced',
  weight: 1,
  sub_tasks: [
    {
      id: 'leaf',
      requirements: 'the method is implemented',
      weight: 1,
      sub_tasks: [],
      task_category: 'Code Development',
      finegrained_task_category: 'Method Implementation',
    },
  ],
};

const file = (path: string, more: Partial<FolderFile> = {}): FolderFile => ({
  path,
  bytes: 1,
  kind: 'file',
  isPointer: false,
  ...more,
});

/** A folder that nothing is wrong with, and what is to be different about it. */
function folder(texts: Record<string, string | undefined> = {}, more: Partial<FolderFacts> = {}): FolderFacts {
  const all = {
    [FOLDER.paper]: '# A paper\n\n![one](assets/one.png)\n',
    [FOLDER.addendum]: '',
    [FOLDER.blacklist]: 'none\n',
    [FOLDER.rubric]: JSON.stringify(RUBRIC),
    ...texts,
  };
  const there = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const others = [FOLDER.config, FOLDER.pdf, 'assets/one.png'].filter((path) => !(path in texts));
  return {
    name: 'a-paper',
    files: [...there.map(([path]) => path), ...others].map((path) => file(path)),
    texts: Object.fromEntries(there),
    config: { value: { id: 'a-paper', title: 'A paper' } },
    ...more,
  };
}

const told = (facts: FolderFacts): string[] =>
  problemsOf(facts).map(({ file: where, level, message }) => `${level} ${where}: ${message}`);

test('a task folder that is whole has no problem', () => {
  expect(told(folder())).toEqual([]);
});

test.each<[string, FolderFacts, string]>([
  ['no config', folder({ 'config.yaml': undefined }), 'error config.yaml: is missing: it holds `id` and `title`'],
  ['no YAML', folder({}, { config: { error: 'bad indentation' } }), 'error config.yaml: is not YAML: bad indentation'],
  [
    'an id that is no name',
    folder({}, { config: { value: { id: 'A Paper', title: 'A paper' } } }),
    'error config.yaml: id: must be lower-case letters, digits and inner hyphens (got "A Paper")',
  ],
  [
    'an id of another folder',
    folder({}, { name: 'another' }),
    'warning config.yaml: the id is a-paper, the folder another',
  ],
  ['no paper', folder({ 'paper.md': undefined }), 'error paper.md: is missing: it is what the agent reads'],
  ['an empty paper', folder({ 'paper.md': ' \n' }), 'error paper.md: is empty'],
  ['no PDF', folder({ 'paper.pdf': undefined }), 'warning paper.pdf: is missing: the agent has the Markdown only'],
  ['no addendum', folder({ 'addendum.md': undefined }), 'warning addendum.md: is missing: taken as empty'],
  [
    'no blacklist',
    folder({ 'blacklist.txt': undefined }),
    'error blacklist.txt: is missing: the word `none` forbids nothing',
  ],
  [
    'an empty blacklist',
    folder({ 'blacklist.txt': '\n' }),
    'error blacklist.txt: is empty: the word `none` forbids nothing',
  ],
  [
    'a sentence in the blacklist',
    folder({ 'blacklist.txt': 'the authors code\n' }),
    'error blacklist.txt: neither an address nor a package: the authors code',
  ],
  ['no rubric', folder({ 'rubric.json': undefined }), 'error rubric.json: is missing'],
  [
    'a leaf without a category',
    folder({ 'rubric.json': JSON.stringify({ ...RUBRIC, sub_tasks: [] }) }),
    'error rubric.json: root (root): a leaf must have a task_category',
  ],
  [
    'children that weigh nothing',
    folder({ 'rubric.json': JSON.stringify({ ...RUBRIC, sub_tasks: [{ ...RUBRIC.sub_tasks[0], weight: 0 }] }) }),
    'warning rubric.json: root: its children weigh nothing, so it always scores 0',
  ],
  [
    'a check without a leaf',
    folder({
      'checks.json': JSON.stringify({
        leaf: { command: 'ls', expect: { exitCode: 0 } },
        x: { command: 'ls', expect: { exitCode: 0 } },
      }),
    }),
    'error checks.json: check x belongs to no leaf',
  ],
  [
    'a figure that is not there',
    folder({ 'paper.md': '![two](./assets/two.png) and <img src="assets/one.png">' }),
    'warning paper.md: shows assets/two.png, which is not there',
  ],
])('a task folder with %s is told so', (_what, facts, expected) => {
  expect(told(facts)).toEqual([expected]);
});

test('a task folder whose files are links or Git LFS pointers is refused, and what nobody sees is told', () => {
  const { files } = folder();
  const odd = [file('assets/l.png', { kind: 'link' }), file('assets/p.png', { isPointer: true }), file('notes/x.txt')];
  expect(told(folder({}, { files: [...files, ...odd] }))).toEqual([
    'error assets/l.png: is a link: put the file itself here',
    'error assets/p.png: is a Git LFS pointer, not the file: `git lfs pull` brings it',
    'warning notes: is no part of the layout: nobody sees it',
  ]);
});

test.each(PAPERS)("the validator takes PaperBench's own rubric and blacklist of %s as they are", (paper) => {
  const texts = {
    'rubric.json': paperbench(paper, 'rubric.json'),
    'blacklist.txt': paperbench(paper, 'blacklist.txt'),
  };
  expect(told(folder(texts))).toEqual([]);
});
