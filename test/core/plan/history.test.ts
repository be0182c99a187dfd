import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { EVENTS } from '../../../core/plan/history.ts';

/** Events of a recorded history. */
const eventsOf = (name: string): number => {
  const file = join(__dirname, '../../histories', `${name}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { events: unknown[] }).events.length;
};

test.each([
  ['a rollout', 'quiet.rollout', EVENTS.rollout],
  ['a rollout of RL', 'rl.rollout', EVENTS.reportingRollout],
  ['a training stage', 'quiet.sft', EVENTS.training],
])('%s has as many events as a plan says', (_, name, events) => {
  expect(eventsOf(name)).toBe(events);
});

test('a stage and a run have at most as many as a plan says', () => {
  expect(eventsOf('quiet.distill')).toBeLessThanOrEqual(4 * EVENTS.child + EVENTS.stage);
  expect(eventsOf('rl-carried.rlStage.2')).toBeLessThanOrEqual(4 * EVENTS.reported + EVENTS.step);
  expect(eventsOf('factory.paperToTask')).toBeLessThanOrEqual(EVENTS.paper);
  expect(eventsOf('quiet.train')).toBeLessThanOrEqual(4 * EVENTS.inRun);
});
