import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { microScaffold } from '../../../support/scaffold.ts';
import { temporaryFolders } from '../../../support/temporary.ts';

const folder = temporaryFolders();

/** Runs a tool's command as the sandbox would, in a folder. */
function use(cwd: string, name: string, input: Record<string, unknown>) {
  const deed = microScaffold().scaffold.deedOf({ id: 't0.0', name, input });
  if ('say' in deed) return { output: deed.say, exitCode: null };
  const { stdout, stderr, status } = spawnSync('sh', ['-c', deed.command], { cwd, encoding: 'utf8' });
  return { output: stdout + stderr, exitCode: status };
}

test('read_file shows a page of whole lines, and says how many pages there are', () => {
  const cwd = folder();
  const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${'x'.repeat(90)}\n`);
  writeFileSync(join(cwd, 'paper.md'), lines.join(''));
  const shown = [1, 2, 3, 4].map((page) => use(cwd, 'read_file', { path: 'paper.md', page }));
  expect(shown.map(({ output }) => output.split('\n')[0])).toEqual(
    [1, 2, 3, 4].map((page) => `[paper.md, page ${page} of 4]`),
  );
  const bodies = shown.map(({ output }) => output.slice(output.indexOf('\n') + 1));
  expect(bodies.join('')).toBe(lines.join(''));
  expect(use(cwd, 'read_file', { path: 'paper.md', page: 5 })).toEqual({
    exitCode: 1,
    output: 'paper.md has pages 1 to 4, there is no page 5\n',
  });
});

test.each([
  { what: 'an empty file', text: '', pages: 1 },
  { what: 'a line longer than a page', text: 'y'.repeat(25_000), pages: 3 },
])('$what has $pages pages', ({ text, pages }) => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), text);
  expect(use(cwd, 'read_file', { path: 'a', page: 1 }).output).toContain(`[a, page 1 of ${pages}]`);
});

test('what is missing, a folder or no text is said in a line', () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
  expect(use(cwd, 'read_file', { path: 'none', page: 1 })).toEqual({
    exitCode: 1,
    output: 'none: No such file or directory\n',
  });
  expect(use(cwd, 'read_file', { path: '.', page: 1 })).toEqual({ exitCode: 1, output: '.: Is a directory\n' });
  expect(use(cwd, 'read_file', { path: 'binary', page: 1 })).toEqual({ exitCode: 1, output: 'binary is not text\n' });
});

test('search_file finds lines in a file and in a folder, whatever their case', () => {
  const cwd = folder();
  mkdirSync(join(cwd, 'src/.git'), { recursive: true });
  writeFileSync(join(cwd, 'src/a.py'), 'import torch\nLearning_Rate = 3\n');
  writeFileSync(join(cwd, 'src/.git/b'), 'learning_rate\n');
  expect(use(cwd, 'search_file', { path: 'src', query: 'learning_rate' }).output).toBe(
    'src/a.py:2: Learning_Rate = 3\n',
  );
  expect(use(cwd, 'search_file', { path: 'src/a.py', query: 'jax' }).output).toBe("nothing in src/a.py holds 'jax'\n");
});

test('write_file makes folders, replaces and appends, whatever stands in the text', () => {
  const cwd = folder();
  const content = `it's "quoted" $HOME \`ls\` \\n é\n`;
  expect(use(cwd, 'write_file', { path: 'a/b.txt', content, append: false }).exitCode).toBe(0);
  expect(use(cwd, 'write_file', { path: 'a/b.txt', content: 'more\n', append: true }).exitCode).toBe(0);
  expect(readFileSync(join(cwd, 'a/b.txt'), 'utf8')).toBe(`${content}more\n`);
});

test('a text that is too long for one call is refused in words, and nothing is written', () => {
  const cwd = folder();
  expect(use(cwd, 'write_file', { path: 'a', content: 'x'.repeat(200_000), append: false }).output).toContain(
    'too much at a time',
  );
  expect(existsSync(join(cwd, 'a'))).toBe(false);
});

test('edit_file replaces a text that is there once, keeps the mode, and says why where it does not', () => {
  const cwd = folder();
  const file = join(cwd, 'run.sh');
  writeFileSync(file, 'lr=1\nlr=1\nepochs=2\n');
  chmodSync(file, 0o755);
  const edit = (input: object) => use(cwd, 'edit_file', { path: 'run.sh', new: '', all: false, ...input });
  expect(edit({ old: 'epochs=2', new: 'epochs=3' })).toEqual({ exitCode: 0, output: 'replaced 1 time in run.sh\n' });
  expect(edit({ old: 'lr=1' }).output).toContain('2 times');
  expect(edit({ old: 'lr=1', new: 'lr=2', all: true }).exitCode).toBe(0);
  expect(edit({ old: 'none' }).output).toContain('does not hold');
  expect(readFileSync(file, 'utf8')).toBe('lr=2\nlr=2\nepochs=3\n');
  expect(statSync(file).mode & 0o777).toBe(0o755);
});
