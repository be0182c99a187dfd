import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { describeIssues } from '../../core/describe-issues.ts';
import { recipe } from '../../core/recipe.ts';
import { stagesOf } from '../../core/stages.ts';

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`config/recipes/${file}`, 'utf8')) as Record<string, unknown>;
const smoke = read('smoke.json');

/** What is wrong with a recipe, in words; empty where nothing is. */
function complaints(changes: object): string {
  const input = { ...smoke, ...changes };
  const parsed = recipe.safeParse(input);
  return parsed.success ? '' : describeIssues(parsed.error, input);
}

test.each(readdirSync('config/recipes'))('the shipped recipe %s is valid and named after its file', (file) => {
  expect(recipe.parse(read(file)).name).toBe(file.replace('.json', ''));
});

test('defaults are filled in', () => {
  expect(recipe.parse(smoke)).toMatchObject({ maxInfraFailedShare: 0.2, rollout: { attempts: 5 }, judge: { type: 'check' } });
});

test('an evaluation of two policies is two stages, each named after its policy with the suite as its step', () => {
  expect(stagesOf(recipe.parse(smoke)).map(({ name, step }) => ({ name, step }))).toEqual([
    { name: 'distill', step: '0' },
    { name: 'evaluate-teacher', step: 'heldout' },
    { name: 'evaluate-idle', step: 'heldout' },
  ]);
});

test.each([
  { name: 'an unknown key', changes: { colour: 'red' }, says: 'input: Unrecognized key: "colour"' },
  { name: 'a bad name', changes: { name: 'My Run' }, says: 'name: must be lower-case letters, digits and inner hyphens (got "My Run")' },
  { name: 'no stages', changes: { stages: [] }, says: 'stages: ' },
  {
    name: 'a policy that is not there',
    changes: { stages: [{ type: 'evaluate', policies: ['ghost'], rolloutsPerTask: 1, timeout: '10s' }] },
    says: 'stages.0.policies.0: no such policy; the recipe has teacher, idle (got "ghost")',
  },
  {
    name: 'a stage that is there twice',
    changes: { stages: [{ type: 'evaluate', policies: ['idle', 'idle'], rolloutsPerTask: 1, timeout: '10s' }] },
    says: 'stages.0.policies.1: the run has a stage evaluate-idle already',
  },
  {
    name: 'a duration without a unit',
    changes: { stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '10' }] },
    says: 'stages.0.timeout: must be a whole number and a unit',
  },
  {
    name: 'a stage on an empty suite',
    changes: { tasks: { type: 'micropapers', train: 3, heldout: 0 } },
    says: 'stages.1.suite: tasks.heldout is 0',
  },
])('$name is refused with the path to the field and the value', ({ changes, says }) => {
  expect(complaints(changes)).toContain(says);
});
