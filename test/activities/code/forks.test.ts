import { expect, test } from '@jest/globals';
import { forksOf } from '../../../activities/code/forks.ts';

const answer =
  (body: object, status = 200) =>
  async () => ({
    status,
    body: Buffer.from(JSON.stringify(body)),
    retrievedAt: '2026-01-01T00:00:00.000Z',
  });

test('the forks of a repository on GitHub are known, those elsewhere are not', async () => {
  const ask = answer([{ html_url: 'https://github.com/fan/method' }]);
  const github = 'https://api.github.com';
  expect(await forksOf('https://github.com/ours/method', { github, ask })).toEqual(['https://github.com/fan/method']);
  expect(await forksOf('https://gitlab.com/ours/method', { github, ask })).toEqual([]);
  expect(await forksOf('https://github.com/ours/gone', { github, ask: answer({}, 404) })).toEqual([]);
});
