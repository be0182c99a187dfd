import { expect, test } from '@jest/globals';
import { modelSettings } from '../../../core/models.ts';
import { callsUsd, rolloutUsd, sumUsd } from '../../../core/plan/model-cost.ts';

const each = {
  turns: 5,
  slotSeconds: 0,
  promptTokens: 1_000_000,
  newTokens: 200_000,
  outputTokens: 50_000,
  windows: 1,
  rowTokens: 0,
};
const price = { input: 3, output: 15, cacheWrite: 3.75, cacheRead: 0.3 };
const sonnet = (changes: object = {}) => modelSettings.parse({ type: 'anthropic', model: 'm', price, ...changes });
const chat = (changes: object = {}) =>
  modelSettings.parse({
    type: 'openai-compatible',
    model: 'm',
    baseUrl: 'http://a',
    price: { input: 2, output: 8, ...changes },
  });

test('with a cache a prompt is paid for where it is new, as written, and read for the rest', () => {
  expect(rolloutUsd(sonnet(), each, 10)).toBeCloseTo(10 * (0.2 * 3.75 + 0.8 * 0.3 + 0.05 * 15));
});

test('without one every prompt is paid for in full', () => {
  expect(rolloutUsd(sonnet({ cache: 'off' }), each, 1)).toBeCloseTo(1 * 3 + 0.05 * 15);
  expect(rolloutUsd(chat(), each, 1)).toBeCloseTo(1 * 2 + 0.05 * 8);
  expect(rolloutUsd(chat({ cacheRead: 0.5 }), each, 1)).toBeCloseTo(0.2 * 2 + 0.8 * 0.5 + 0.05 * 8);
});

test('a batch is billed at its share, and what has no price costs nothing known', () => {
  const used = { inputTokens: 1_000_000, outputTokens: 100_000 };
  expect(callsUsd(chat(), used, true)).toBeCloseTo((2 + 0.8) / 2);
  const free = modelSettings.parse({ type: 'openai-compatible', model: 'm', baseUrl: 'http://a' });
  expect(callsUsd(free, used, false)).toBeNull();
  expect(rolloutUsd(free, each, 1)).toBeNull();
});

test('a sum knows what any part knows', () => {
  expect([sumUsd(null, 2, null, 3), sumUsd(null, null)]).toEqual([5, null]);
});
