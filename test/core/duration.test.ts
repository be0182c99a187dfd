import { expect, test } from '@jest/globals';
import { readable, seconds } from '../../core/duration.ts';

test.each([
  { text: '90s', expected: 90 },
  { text: '15m', expected: 900 },
  { text: '2h', expected: 7200 },
  { text: '7d', expected: 604_800 },
])('$text is $expected seconds', ({ text, expected }) => {
  expect(seconds(text)).toBe(expected);
});

test.each(['', '0s', '1.5h', '-1s', '10', '2 h', '2w'])('"%s" is not a duration', (text) => {
  expect(() => seconds(text)).toThrow(`"${text}" is not a duration`);
});

test.each([
  { amount: 0.85, expected: '850 ms' },
  { amount: 12.4, expected: '12 s' },
  { amount: 185, expected: '3 min 05 s' },
  { amount: 7800, expected: '2 h 10 min' },
])('$amount seconds read as $expected', ({ amount, expected }) => {
  expect(readable(amount)).toBe(expected);
});
