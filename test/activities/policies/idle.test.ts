import { expect, test } from '@jest/globals';
import { createIdle } from '../../../activities/policies/idle.ts';
import { micropaperDifficulty } from '../../../core/micropaper/difficulty.ts';
import { generateMicropaper } from '../../../core/micropaper/generate.ts';
import { imaginedWorld, playOut } from './simulate.ts';

test('the idle policy submits at once and scores nothing', async () => {
  const difficulty = micropaperDifficulty.parse({});
  const paper = generateMicropaper({ seed: 0, suite: 'heldout', index: 0, difficulty });
  const attempt = await playOut(createIdle(), paper, { rollout: 'r', world: imaginedWorld(paper) });
  expect(attempt.turns.map(({ acted }) => acted.calls)).toEqual([[{ id: 't0.0', name: 'submit', input: {} }]]);
  expect([attempt.score, attempt.seconds]).toEqual([0, 4]);
});

test('the idle policy does not answer when it was told to stop', async () => {
  const request = { rollout: 'r', instructions: 'x', turns: [] };
  await expect(createIdle().nextTurn(request, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});
