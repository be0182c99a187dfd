import { expect, test } from '@jest/globals';
import { redoneIn } from '../../bench/redone.ts';

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const opened = (epoch: number) => ({ type: 'opened', epoch });
const acted = (epoch: number, turn: number) => ({
  type: 'acted',
  epoch,
  turn,
  text: 'ls',
  calls: [],
  usage,
  policyVersion: 'x',
  active: turn,
});
const observed = (epoch: number, turn: number) => ({ type: 'observed', epoch, turn, observations: [], active: turn });
const log = (...records: object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

test('a log that one attempt wrote shows nothing redone', () => {
  const text = log(opened(1), acted(1, 0), observed(1, 0), acted(1, 1), observed(1, 1));
  expect(redoneIn(text)).toEqual({ actedAgain: 0, askedAgain: 0 });
});

test('an attempt that ended while a call ran has nothing asked again', () => {
  const text = log(opened(1), acted(1, 0), observed(1, 0), acted(1, 1), opened(2), observed(2, 1));
  expect(redoneIn(text)).toEqual({ actedAgain: 0, askedAgain: 0 });
});

test('an attempt that ended while the policy was thinking has that answer asked again', () => {
  const text = log(opened(1), acted(1, 0), observed(1, 0), opened(2), acted(2, 1), observed(2, 1));
  expect(redoneIn(text)).toEqual({ actedAgain: 0, askedAgain: 1 });
});

test('turns that a later attempt acted anew are each counted, and a line that was torn is not', () => {
  const lines = [opened(1), acted(1, 0), observed(1, 0), acted(1, 1)];
  const text = `${log(...lines)}{"type":"obs\n${log(opened(2), acted(2, 0), observed(2, 0), acted(2, 1))}`;
  expect(redoneIn(text)).toEqual({ actedAgain: 2, askedAgain: 0 });
});
