import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { codeText } from '../../../activities/factory/code-text.ts';
import { sha256 } from '../../../activities/factory/sha256.ts';
import { shuffleLines } from '../../../core/factory/shuffle.ts';
import { prompts } from './ready.ts';

const NAMES = [
  'system',
  'paper',
  'hardware',
  'contributions',
  'expand',
  'repair',
  'weights',
  'addendum',
  'review',
  'revise',
];

test('a prompt is a Markdown file, known by its hash', () => {
  expect(Object.keys(prompts.hashes).toSorted()).toEqual(NAMES.toSorted());
  for (const name of NAMES)
    expect(prompts.hashes[name]).toBe(sha256(readFileSync(`prompts/factory/${name}.md`, 'utf8')));
});

test('what a value says is never taken for a place', () => {
  expect(prompts.fill('weights', { rubric: '{{paper}}' })).toContain('{{paper}}');
});

test('of code that is too long a call sees the list of all files and the telling ones whole', () => {
  const files = [
    { path: 'data/table.csv', text: 'x'.repeat(90) },
    { path: 'train.py', text: 'y'.repeat(50) },
    { path: 'README.md', text: 'z'.repeat(40) },
  ];
  const text = codeText(files, 100);
  expect(text).toContain('data/table.csv (90 characters)');
  expect(text).toContain('1 of 3 files are not shown.');
  expect(text.indexOf('<file path="README.md">')).toBeLessThan(text.indexOf('<file path="train.py">'));
  expect(text).not.toContain('xxx');
  expect(codeText([], 100)).toBe('There is none.');
});

test('shuffled code has all its lines, each file as many as before, and hardly one in its place', () => {
  const lines = (from: number): string => Array.from({ length: 50 }, (_, index) => `line ${from + index}`).join('\n');
  const files = [
    { path: 'a.py', text: lines(0) },
    { path: 'b.py', text: lines(50) },
  ];
  const shuffled = shuffleLines(files);
  expect(shuffled.map(({ path, text }) => [path, text.split('\n').length])).toEqual([
    ['a.py', 50],
    ['b.py', 50],
  ]);
  const all = (of: typeof files): string[] => of.flatMap(({ text }) => text.split('\n'));
  expect(all(shuffled).toSorted()).toEqual(all(files).toSorted());
  expect(all(shuffled).filter((line, index) => line === all(files)[index]).length).toBeLessThan(10);
  expect(shuffleLines(files)).toEqual(shuffled);
});
