import { expect, test } from '@jest/globals';
import { cutIn, isAs, type RolloutOutcome } from './outcome.ts';

const observed = (output: string, ended: 'exit' | 'interrupted' = 'exit') => ({
  text: 'ls',
  active: 5,
  observations: [{ callId: 't', output, exitCode: ended === 'exit' ? 0 : null, ended, seconds: 1 }],
});
const outcomeOf = (...played: RolloutOutcome['played']) => ({ score: 0.5, played }) as unknown as RolloutOutcome;

const UNDISTURBED = outcomeOf(observed('a'), observed('b'), observed('c'));

test('a rollout must end as undisturbed', () => {
  expect(isAs(outcomeOf(observed('a'), observed('b'), observed('c')), UNDISTURBED, -1)).toBe(true);
  expect(isAs(outcomeOf(observed('a'), observed('b'), observed('x')), UNDISTURBED, -1)).toBe(false);
});

test('one in which a call was cut must be as undisturbed until then', () => {
  const cut = outcomeOf(observed('a'), observed('', 'interrupted'), observed('x'));
  expect(cutIn(cut)).toBe(1);
  expect(isAs(cut, UNDISTURBED, cutIn(cut))).toBe(true);
  const other = outcomeOf(observed('x'), observed('', 'interrupted'));
  expect(isAs(other, UNDISTURBED, cutIn(other))).toBe(false);
});

test('one that was told of a restart between two calls must be as undisturbed until then', () => {
  const note = '[the sandbox was restarted on its workspace; its background processes are gone]\n';
  const told = outcomeOf(observed('a'), observed(`b\n${note}`), observed('x'));
  expect(cutIn(told)).toBe(1);
  expect(isAs(told, UNDISTURBED, cutIn(told))).toBe(true);
});

test('nothing was cut where every call came to its end', () => {
  expect(cutIn(UNDISTURBED)).toBe(-1);
});
