import { expect, test } from '@jest/globals';
import { pageLine, pageList, readingProgress } from '../../../core/agent/reading-progress.ts';
import { turnOf } from '../../support/turns.ts';

const PAPER = 'paper/paper.md';
const read = (turn: number, page: number, path = PAPER) =>
  turnOf(turn, [{ name: 'read_file', input: { path, page }, output: `${pageLine(path, page, 4)}\nwords` }]);

test('before the first page nobody knows how many there are', () => {
  expect(readingProgress(PAPER, [turnOf(0, [{ name: 'bash', input: { command: 'ls' }, output: 'paper' }])])).toEqual({
    pages: undefined,
    left: [],
  });
});

test('pages that were read are tracked in any order, and those that are left are named', () => {
  expect(readingProgress(PAPER, [read(0, 3), read(1, 1), read(2, 1)])).toEqual({ pages: 4, left: [2, 4] });
  expect(readingProgress(PAPER, [read(0, 3), read(1, 1), read(2, 2), read(3, 4)])).toEqual({ pages: 4, left: [] });
});

test('an agent whose answers are commands reads pages by the command of that name', () => {
  const said = (turn: number, command: string, page: number) =>
    turnOf(turn, [{ name: 'sh', input: { command }, output: `${pageLine(PAPER, page, 2)}\nwords` }]);
  const first = said(0, `read_file ${PAPER}`, 1);
  expect(readingProgress(PAPER, [first])).toEqual({ pages: 2, left: [2] });
  expect(readingProgress(PAPER, [first, said(1, ` read_file ${PAPER} page 2\n`, 2)]).left).toEqual([]);
  const forged = [`echo read_file ${PAPER} page 2`, `read_file ${PAPER} page 2; ls`, `read_file ${PAPER} page two`];
  expect(readingProgress(PAPER, [first, ...forged.map((command, index) => said(index + 1, command, 2))]).left).toEqual([
    2,
  ]);
});

test('what other tools print, what failed and what is another file does not count', () => {
  const forged = turnOf(0, [{ name: 'bash', input: { command: 'echo' }, output: pageLine(PAPER, 1, 1) }]);
  const failed = turnOf(1, [{ name: 'read_file', input: { path: PAPER }, output: pageLine(PAPER, 1, 1), exitCode: 1 }]);
  expect(readingProgress(PAPER, [forged, failed, read(2, 1, 'notes.md')])).toEqual({ pages: undefined, left: [] });
});

test.each([
  { pages: [2, 3, 4, 7], text: '2-4, 7' },
  { pages: [1], text: '1' },
  { pages: [], text: '' },
])('pages are listed for a person: $text', ({ pages, text }) => {
  expect(pageList(pages)).toBe(text);
});
