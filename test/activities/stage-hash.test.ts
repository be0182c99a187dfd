import { expect, test } from '@jest/globals';
import { stageHash } from '../../activities/stage-hash.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { stagesOf } from '../../core/stages.ts';
import { rlRecipe } from '../support/rl-world.ts';

const PRICE = { input: 3, output: 15 };
const models = {
  claude: { type: 'anthropic', model: 'claude-a', price: PRICE },
  grader: { type: 'openai-compatible', model: 'grader-a', baseUrl: 'http://here:8000', price: PRICE },
  examiner: { type: 'anthropic', model: 'examiner-a' },
} as const;
const judge = { type: 'llm', model: 'grader' } as const;

/** A teacher that is a model, a judge for training and another for evaluations. */
const given = {
  ...rlRecipe(),
  models,
  policies: { teacher: { type: 'model', model: 'claude' }, idle: { type: 'idle' } },
  judge,
  evaluationJudge: { type: 'llm', model: 'examiner' },
  stages: [
    { type: 'init', name: 'untrained', model: { mode: 'copying' } },
    { type: 'distill', policy: 'teacher', rolloutsPerTask: 2, timeout: '1500s', accept: { minScore: 0 } },
    { type: 'sft', from: 'untrained', data: { type: 'trajectories' }, training: { steps: 10 } },
    { ...(rlRecipe()['stages'] as object[])[1], from: 'sft' },
    { type: 'evaluate', policies: ['teacher', 'idle', 'rl-60s'], rolloutsPerTask: 1, timeout: '100s' },
  ],
};

function hashes(changes: object): Map<string, string> {
  const recipe = recipeSchema.parse({ ...given, ...changes });
  return new Map(stagesOf(recipe).map((stage) => [stage.name, stageHash(recipe, stage)]));
}

const using = (name: keyof typeof models, changes: object) => ({
  models: { ...models, [name]: { ...models[name], ...changes } },
});
const TRAINED = ['distill', 'sft', 'rl-60s'];
const EVALUATED = ['evaluate-teacher', 'evaluate-idle', 'evaluate-rl-60s'];

test.each([
  ['nothing', {}, []],
  [
    "another teacher's model",
    using('claude', { model: 'claude-b' }),
    [...TRAINED, 'evaluate-teacher', 'evaluate-rl-60s'],
  ],
  [
    'a teacher that thinks',
    using('claude', { thinking: { type: 'adaptive' } }),
    [...TRAINED, 'evaluate-teacher', 'evaluate-rl-60s'],
  ],
  ["another model of the judge's", using('grader', { model: 'grader-b' }), [...TRAINED, 'evaluate-rl-60s']],
  ['a judge that ranks fewer files', { judge: { ...judge, rankedFiles: 3 } }, [...TRAINED, 'evaluate-rl-60s']],
  ['another judge of evaluations', using('examiner', { model: 'examiner-b' }), EVALUATED],
  ['evaluations that are graded as rollouts are', { evaluationJudge: judge }, EVALUATED],
  ["a teacher's other price", using('claude', { price: { input: 1, output: 1 } }), []],
  ["a teacher's other limits", using('claude', { limits: { concurrent: 1 } }), []],
  ['more patience with a provider', using('claude', { timeout: '20m', patience: '1d' }), []],
  ['prompts that are kept longer', using('claude', { cache: '1h' }), []],
  ['another key', using('claude', { apiKeyEnv: 'OTHER_KEY' }), []],
  ['another address of the same model', using('grader', { baseUrl: 'http://there:8000' }), []],
  ['a judge that is asked by batches', { judge: { ...judge, batch: true, concurrency: 3 } }, []],
  ['a model that nobody names', { models: { ...models, other: models.claude } }, []],
  [
    'the same model under another name',
    {
      models: { ...models, teacher: models.claude },
      policies: { ...given.policies, teacher: { type: 'model', model: 'teacher' } },
    },
    [],
  ],
])('%s: what that decides is done again with what comes of it, and no other stage', (_what, changes, expected) => {
  const [before, now] = [hashes({}), hashes(changes)];
  expect([...now].flatMap(([name, hash]) => (hash === before.get(name) ? [] : [name]))).toEqual(expected);
});
