import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readPrompts } from '../../activities/prompts.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();

function prompts(files: Record<string, string>): string {
  const path = folder();
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

test('places are filled in once: what is filled in may look like a place', async () => {
  const read = readPrompts(prompts({ 'a.md': 'Grade {{what}} of {{what}} for $& {{who}}.\n' }));
  expect(read.fill('a', { what: '{{who}}', who: '$1' })).toBe('Grade {{who}} of {{who}} for $& $1.');
});

test('a place without a value, a value without a place and a prompt that there is not are errors', async () => {
  const read = readPrompts(prompts({ 'a.md': '{{what}}' }));
  expect(() => read.fill('a')).toThrow('nothing is given for {{what}}');
  expect(() => read.fill('a', { what: 'x', who: 'y' })).toThrow('has no place {{who}}');
  expect(() => read.fill('b')).toThrow('has no prompt b.md');
});

test('the hash is that of the words and their names, wherever they lie', async () => {
  const hash = async (files: Record<string, string>) => readPrompts(prompts(files)).hash;
  const first = await hash({ 'a.md': 'one', 'b.md': 'two' });
  expect(await hash({ 'b.md': 'two', 'a.md': 'one', 'notes.txt': 'x' })).toBe(first);
  expect(await hash({ 'a.md': 'one', 'b.md': 'two.' })).not.toBe(first);
  expect(await hash({ 'a.md': 'two', 'b.md': 'one' })).not.toBe(first);
});
