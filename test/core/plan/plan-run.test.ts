import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { plan as planSchema, type PlannedStage } from '../../../core/plan/plan.ts';
import { planRun } from '../../../core/plan/plan-run.ts';
import { recipe as recipeSchema, type Recipe } from '../../../core/recipe.ts';

const shipped = (name: string): Recipe =>
  recipeSchema.parse(JSON.parse(readFileSync(join(__dirname, `../../../config/recipes/${name}.json`), 'utf8')));
const micro = shipped('micro');
const slots = { rollout: 8, judge: 4 };
const planOf = (recipe: Recipe, given = {}) => planRun({ recipe, tasks: { train: 100, heldout: 96 }, slots, given });
const stage = (recipe: Recipe, name: string, given = {}): PlannedStage =>
  planOf(recipe, given).stages.find((one) => one.name === name)!;

test('a plan has the stages that the run will have, and is what its schema says', () => {
  const plan = planOf(micro);
  expect(plan.stages.map(({ name }) => name)).toEqual([
    'untrained',
    'evaluate-untrained',
    'base',
    'evaluate-base',
    'distill',
    'evaluate-teacher',
    'evaluate-idle',
    'sft-truncated',
    'evaluate-sft-truncated',
    'sft',
    'evaluate-sft',
    'rl-100s',
    'evaluate-rl-100s',
    'rl-850s',
    'evaluate-rl-850s',
    'rl-1300s',
    'evaluate-rl-1300s',
  ]);
  expect(planSchema.parse(plan)).toEqual(plan);
});

test('a distillation plays rollouts per task on every task of its suite, each judged once', () => {
  // 100 papers × 4 attempts of 48 turns; a page of 14 experiments has 3 × 14 leaves.
  expect(stage(micro, 'distill')).toMatchObject({
    rollouts: 100 * 4,
    turns: 100 * 4 * 48,
    outputTokens: 100 * 4 * 48 * 6,
    judgings: 100 * 4,
    leaves: 100 * 4 * 3 * 14,
    judgeCalls: 0,
    usd: null,
  });
});

test('its least time is that of the pool that all wait for', () => {
  // 400 rollouts of 48 turns × 0.03 s on 8 slots; 400 judgings of 0.3 s on 4.
  expect(stage(micro, 'distill').leastSeconds).toBeCloseTo((400 * 48 * 0.03) / 8);
  expect(stage(micro, 'distill', { judgeSeconds: 1 }).leastSeconds).toBeCloseTo((400 * 1) / 4);
});

test('slots beyond the concurrency of a stage stay idle, and a note says so', () => {
  const recipe = {
    ...micro,
    stages: micro.stages.map((one) => (one.type === 'distill' ? { ...one, concurrency: 2 } : one)),
  };
  expect(stage(recipe, 'distill').leastSeconds).toBeCloseTo((400 * 48 * 0.03) / 2);
  expect(planOf(recipe).notes).toContain('distill admits 2 rollouts at a time: 6 slots stay idle.');
});

test('a training stage goes through the tokens of its steps, at the speed of the trainer where it is known', () => {
  expect(stage(micro, 'sft')).toMatchObject({
    trainedTokens: 900 * 2048,
    leastSeconds: (900 * 2048) / 20_000,
    rollouts: 0,
  });
  const unknown = planOf(micro, { trainTokensPerSecond: 0 });
  expect(unknown.stages.find(({ name }) => name === 'sft')?.leastSeconds).toBe(0);
  expect(unknown.notes[0]).toBe('The time of training counts nothing: trainTokensPerSecond is not known.');
});

test('a checkpoint takes the bytes of its weights, and of its optimizer where that is kept', () => {
  expect(stage(micro, 'untrained').bytes).toBe(377_120 * 4);
  const keeping = micro.stages.map((one) =>
    one.type === 'sft' ? { ...one, training: { ...one.training, keepOptimizer: true } } : one,
  );
  const more = stage({ ...micro, stages: keeping }, 'sft').bytes - stage(micro, 'sft').bytes;
  expect(more).toBe(377_120 * 12);
});

test('the sums are those of the stages; the longest history is the longest one', () => {
  const { stages, total } = planOf(micro);
  expect(total.rollouts).toBe(400 + 20 * 48 + 2 * 16 + 7 * 48);
  expect(total.longestHistory).toBe(Math.max(...stages.map((one) => one.longestHistory)));
});

test('at least a run takes its stages one after the other; evaluations alongside are no part of that', () => {
  const { stages, total } = planOf(micro);
  const inFront = stages.filter(({ name }) => !name.startsWith('evaluate-'));
  expect(total.leastSeconds).toBeCloseTo(inFront.reduce((sum, one) => sum + one.leastSeconds, 0));
});

test('the command line is believed over the recipe, the recipe over the defaults, and a plan says which it was', () => {
  const recipe = { ...micro, assumptions: { turns: 60, leaves: 9 } };
  const { stages, assumptions } = planOf(recipe, { turns: 10 });
  expect(stages.find(({ name }) => name === 'distill')).toMatchObject({ turns: 400 * 10, leaves: 400 * 9 });
  const from = Object.fromEntries(assumptions.map((one) => [one.name, one.from]));
  expect(from).toMatchObject({ turns: 'command line', leaves: 'recipe', prefixTokens: 'default' });
});

test('a history that the server would warn of is noted', () => {
  expect(planOf(micro).notes.join(' ')).not.toContain('the server warns');
});

test('a language model is planned in its own tokens, and costs what its recipe says they do', () => {
  const recipe = shipped('claude-micro');
  // 48 turns; a word is 4 tokens, and 120 are thought before each answer.
  const distill = stage(recipe, 'distill');
  const rollouts = distill.rollouts;
  expect(distill.outputTokens).toBe(rollouts * 48 * (6 * 4 + 120));
  const { price } = recipe.models.claude!;
  const old = distill.promptTokens - distill.newTokens;
  expect(distill.usd).toBeCloseTo(
    (distill.outputTokens * price!.output + distill.newTokens * price!.cacheWrite + old * price!.cacheRead) / 1e6,
  );
  const uncached = { ...recipe, models: { claude: { ...recipe.models.claude!, cache: 'off' as const } } } as Recipe;
  expect(stage(uncached, 'distill').usd).toBeGreaterThan(2 * distill.usd!);
});

test('a spread that is longer than a timeout is noted', () => {
  const spread = { ...micro, admission: { ...micro.admission, spread: '2h' } };
  expect(planOf(spread).notes).toContain('admission.spread, 2h, is longer than a timeout of 1500s: slots stay empty.');
});

test('the factory is a stage of its own, with a paper for every task', () => {
  const made = recipeSchema.parse({
    ...micro,
    assumptions: { prefixTokens: 82, actionTokens: 6, observationTokens: 8 },
    tasks: { type: 'factory', train: 30, heldout: 10 },
    models: { builder: { type: 'anthropic', model: 'm', price: { input: 3, output: 15 } } },
    factory: { sources: [{ source: 'local', folder: 'papers' }], models: { builder: 'builder' } },
    judge: { type: 'llm', model: 'builder' },
  });
  const given = { factoryInputTokens: 1_000_000, factoryOutputTokens: 100_000 };
  const [factory] = planRun({ recipe: made, tasks: null, slots, given }).stages;
  expect(factory).toMatchObject({ name: 'factory', promptTokens: 40e6, outputTokens: 4e6, usd: 40 * (3 + 1.5) });
});
