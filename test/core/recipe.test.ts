import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { describeIssues } from '../../core/describe-issues.ts';
import { factoryRecipe } from '../../core/factory/factory-recipe.ts';
import { recipe } from '../../core/recipe.ts';
import { playsRollouts, stagesOf } from '../../core/stages.ts';

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
  const schema = file === 'factory.json' ? factoryRecipe : recipe;
  expect(schema.parse(read(file)).name).toBe(file.replace('.json', ''));
});

test('defaults are filled in', () => {
  expect(recipe.parse(smoke)).toMatchObject({
    maxInfraFailedShare: 0.2,
    rollout: { attempts: 5 },
    judge: { type: 'check' },
  });
});

test('an evaluation of several policies is a stage for each, named after its policy with the suite as its step', () => {
  const stages = stagesOf(recipe.parse(smoke));
  expect(stages.map((stage) => `${stage.name}: ${stage.type}`)).toEqual([
    'untrained: sft',
    'base: sft',
    'distill: distill',
    'sft-truncated: sft',
    'sft: sft',
    'rl-20s: rl',
    'rl-40s: rl',
    'evaluate-untrained: evaluate',
    'evaluate-base: evaluate',
    'evaluate-sft-truncated: evaluate',
    'evaluate-sft: evaluate',
    'evaluate-rl-20s: evaluate',
    'evaluate-rl-40s: evaluate',
    'evaluate-teacher: evaluate',
    'evaluate-idle: evaluate',
  ]);
});

test("a stage's checkpoint is served while it is evaluated, a program needs no serving", () => {
  const stages = stagesOf(recipe.parse(smoke)).filter(playsRollouts);
  const served = Object.fromEntries(stages.map(({ name, checkpoint }) => [name, checkpoint]));
  expect(served).toMatchObject({ distill: null, 'evaluate-sft': 'sft', 'evaluate-teacher': null });
});

const train = { steps: 1 };
const init = { type: 'init', name: 'untrained', model: { mode: 'copying' } };
const drills = { type: 'drills' };

test.each([
  { name: 'an unknown key', changes: { colour: 'red' }, says: 'input: Unrecognized key: "colour"' },
  {
    name: 'a bad name',
    changes: { name: 'My Run' },
    says: 'name: must be lower-case letters, digits and inner hyphens (got "My Run")',
  },
  { name: 'no stages', changes: { stages: [] }, says: 'stages: ' },
  {
    name: 'a policy that is not there',
    changes: { stages: [{ type: 'evaluate', policies: ['ghost'], rolloutsPerTask: 1, timeout: '10s' }] },
    says: 'stages.0.policies.0: no such policy; there is teacher, idle (got "ghost")',
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
    name: 'training from a stage that comes later',
    changes: { stages: [{ type: 'sft', name: 'base', from: 'untrained', data: drills, training: train }, init] },
    says: 'stages.0.from: no stage before this one has this name (got "untrained")',
  },
  {
    name: 'trajectories without a distillation',
    changes: { stages: [init, { type: 'sft', from: 'untrained', data: { type: 'trajectories' }, training: train }] },
    says: 'stages.1.data.type: there is no distill stage before this one (got "trajectories")',
  },
  {
    name: 'training without a student',
    changes: { student: undefined },
    says: 'stages.0.type: needs the field student of the recipe',
  },
  {
    name: "a training stage with another kind's name",
    changes: { stages: [{ ...init, name: 'evaluate-x' }] },
    says: 'stages.0.name: is the name of another kind of stage (got "evaluate-x")',
  },
  {
    name: 'a window without room for a turn',
    changes: { student: { windows: { maxTokens: 192, overlap: 180, reserve: 26 }, sampling: { maxTokens: 10 } } },
    says: 'student.windows.overlap: overlap + reserve must be at most maxTokens (got 180)',
  },
  {
    name: 'an evaluation alongside on engines that serve one checkpoint at a time',
    changes: {
      student: {
        windows: { maxTokens: 192, overlap: 48, reserve: 26 },
        sampling: { maxTokens: 10 },
        server: { type: 'sglang', url: 'http://engine:30000', model: 'm' },
      },
      stages: [
        init,
        { type: 'evaluate', policies: ['untrained'], rolloutsPerTask: 1, timeout: '10s', alongside: true },
      ],
    },
    says: 'stages.1.alongside: student.server serves one checkpoint at a time, and the next stages need it (got true)',
  },
  {
    name: 'guarded submitting on micropapers',
    changes: { rollout: { agent: { submit: 'guarded' } } },
    says:
      'rollout.agent.submit: guards papers that are read page by page; on micropapers it would never open: ' +
      'give "auto" or "free" (got "guarded")',
  },
  {
    name: 'a stage on an empty suite',
    changes: { tasks: { type: 'micropapers', train: 3, heldout: 0 } },
    says: 'stages.6.suite: tasks.heldout is 0',
  },
])('$name is refused with the path to the field and the value', ({ changes, says }) => {
  expect(complaints(changes)).toContain(says);
});
