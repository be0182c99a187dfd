import { expect, test } from '@jest/globals';
import { name } from '../../core/fields.ts';
import { keys, parseRolloutId, poolQueue, rolloutId, stageId } from '../../core/names.ts';

const place = { run: 'klong-1', stage: 'rl-2h', step: '3', task: 'train-0007-3f9a1c', member: 5 };

test("a rollout's id is its place in the run, and can be read back", () => {
  expect(rolloutId(place)).toBe('klong-1.rl-2h.3.train-0007-3f9a1c.5');
  expect(parseRolloutId(rolloutId(place))).toEqual(place);
  expect(stageId('klong-1', 'rl-2h')).toBe('klong-1.rl-2h');
});

test.each(['klong-1.rl-2h', 'a.b.c.d.e', 'a.b.c.d.1.2', ''])('"%s" is not a rollout id', (text) => {
  expect(() => parseRolloutId(text)).toThrow('is not a rollout id');
});

test('what belongs to a rollout lies in the folder of its run', () => {
  expect(keys.record(rolloutId(place))).toBe('runs/klong-1/rollouts/klong-1.rl-2h.3.train-0007-3f9a1c.5/record.json');
});

test('each pool has a queue beside the one of the workflow tasks', () => {
  expect(poolQueue('longhaul', 'judge')).toBe('longhaul-judge');
});

test.each(['demo', 'klong-1', 'a', '0', 'a'.repeat(63)])('"%s" is a name', (text) => {
  expect(name.safeParse(text).success).toBe(true);
});

test.each(['', 'Demo', 'a.b', '-a', 'a-', 'a b', 'a/b', 'ä', 'a'.repeat(64)])('"%s" is not a name', (text) => {
  expect(name.safeParse(text).success).toBe(false);
});
