import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { micropaperDifficulty } from '../../../core/micropaper/difficulty.ts';
import { generateMicropaper, SUITES } from '../../../core/micropaper/generate.ts';
import { MICROPAPER_INSTRUCTIONS } from '../../../core/micropaper/instructions.ts';
import { SPECIAL_TOKENS, vocabulary, words } from '../../../core/micropaper/vocabulary.ts';
import { openWorkspace } from './workspace.ts';

const known = new Set(vocabulary());
const unknown = (text: string): string[] => words(text).filter((word) => !known.has(word));

test('the vocabulary has about 370 words, each once, none with white space, the marks first', () => {
  const all = vocabulary();
  expect(all.slice(0, 8)).toEqual([...SPECIAL_TOKENS]);
  expect(all.length).toBeGreaterThan(350);
  expect(all.length).toBeLessThan(384);
  expect(known.size).toBe(all.length);
  expect(all.filter((word) => words(word).join(' ') !== word)).toEqual([]);
});

test('its order is always the same, because a word is its position', () => {
  expect(vocabulary()).toEqual(vocabulary());
  expect(['<pad>', '<end>', 'e01', 'lr=00', 'warmup=31', 'acc=99'].map((word) => vocabulary().indexOf(word))).toEqual([
    0, 3, 8, 24, 119, 319,
  ]);
});

test('no page of any seed and no instruction leaves it', () => {
  const difficulty = micropaperDifficulty.parse({});
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...SUITES), fc.nat(), (seed, suite, index) => {
      const { files } = generateMicropaper({ seed, suite, index, difficulty });
      for (const path of ['paper.md', 'addendum.md', 'blacklist.txt']) expect(unknown(files[path] ?? '')).toEqual([]);
    }),
  );
  expect(unknown(MICROPAPER_INSTRUCTIONS)).toEqual([]);
});

test('nor does what a fresh workspace shows, with the complaints of its programs', () => {
  const workspace = openWorkspace({ 'paper.md': '', 'addendum.md': '', 'blacklist.txt': 'none\n', 'log.txt': '' });
  try {
    const shown = ['ls', 'sh run.sh', 'sh run.sh e03', 'sh eval.sh', 'sh eval.sh e03', 'cat blacklist.txt'].map(
      (command) => workspace.sh(command).output,
    );
    workspace.write('runs.txt', 'e03 lr=xx\n');
    expect(unknown([...shown, workspace.sh('sh run.sh e03').output].join(' '))).toEqual([]);
  } finally {
    workspace.remove();
  }
});

test('a word that no page has is outside', () =>
  expect(unknown('lr=32 e17 python')).toEqual(['lr=32', 'e17', 'python']));
