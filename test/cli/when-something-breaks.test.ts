import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sandboxes, withScene } from './something-breaks/scene.ts';
import { SCENES } from './something-breaks/scenes.ts';

const ROWS = rowsOf(readFileSync('README.md', 'utf8'));

/** The chapter's table: what one sees, and the command. */
function rowsOf(readme: string): [sight: string, command: string][] {
  const [, chapter = ''] = readme.split('## When something breaks');
  const [table = ''] = chapter.split('\n## ');
  const lines = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  return lines.map((line) => {
    const [, sight = '', command = ''] =
      line.split(' | ').length === 2 ? (/^\| (.*) \| `(.*)` \|$/.exec(line) ?? []) : [];
    return [sight, command];
  });
}

test('every line of the table has a scene of its own', () => {
  const scenesOf = ROWS.map(([sight]) => SCENES.filter(([pattern]) => pattern.test(sight)).length);
  expect(scenesOf).toEqual(ROWS.map(() => 1));
  expect(SCENES).toHaveLength(ROWS.length);
  expect(ROWS.length).toBeGreaterThan(10);
});

test.each(ROWS)(
  '%s: %s',
  async (sight, command) => {
    const scene = SCENES.find(([pattern]) => pattern.test(sight));
    await withScene(command, scene?.[1] ?? (() => Promise.reject(new Error(`no scene for: ${sight}`))));
    expect(sandboxes.names()).toEqual([]);
  },
  120_000,
);
