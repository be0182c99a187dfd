import { expect, jest, test } from '@jest/globals';
import { run } from '../../cli/check-tasks.ts';
import { writeTaskFolder } from '../support/task-folders.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();

async function told(...args: string[]): Promise<{ code: number; text: string }> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const code = await run(args);
    return { code, text: write.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    write.mockRestore();
  }
}

test('good folders are told with the leaves of their rubrics, exit code 0', async () => {
  const tasks = folder();
  writeTaskFolder(tasks, 'one');
  writeTaskFolder(tasks, 'two', { 'addendum.md': null });
  const { code, text } = await told(tasks);
  expect(code).toBe(0);
  expect(text.replaceAll(tasks, '')).toBe(
    '/one: ok, leaves: 1 Code Development, 1 Code Execution, 1 Result Analysis\n' +
      '/two: ok, leaves: 1 Code Development, 1 Code Execution, 1 Result Analysis\n' +
      '  warning addendum.md: is missing: taken as empty\n',
  );
});

test('every error is told, exit code 1', async () => {
  const bad = writeTaskFolder(folder(), 'bad', { 'rubric.json': '[]', 'paper.md': null });
  const { code, text } = await told(bad);
  expect(code).toBe(1);
  expect(text).toBe(
    `${bad}: 2 errors\n` +
      '  error   paper.md: is missing: it is what the agent reads\n' +
      '  error   rubric.json: root: a node must be an object (got [])\n',
  );
});

test('as JSON for programs', async () => {
  const one = writeTaskFolder(folder(), 'one');
  const { text } = await told('--json', one);
  expect(JSON.parse(text)).toEqual([
    { folder: one, leaves: { 'Code Development': 1, 'Code Execution': 1, 'Result Analysis': 1 }, problems: [] },
  ]);
});

test.each([
  ['no folder', []],
  ['a folder that there is not', ['/nowhere/at/all']],
])('%s is a mistake of the command line', async (_what, args) => {
  await expect(run(args)).rejects.toMatchObject({ exitCode: 2 });
});
