import { resolve } from 'node:path';
import type { FactoryModel } from '../../activities/factory/ask.ts';
import type { DryJudge } from '../../activities/factory/dry-judging.ts';
import { createFactory, type FactoryDependencies } from '../../activities/factory.ts';
import { readPrompts } from '../../activities/prompts.ts';
import type { Question } from '../../activities/factory/question.ts';
import { createFactoryRecipeReader } from '../../activities/factory/recipes.ts';
import type { Store } from '../../activities/store.ts';
import { tinyRecipe } from './recipes.ts';
import { buildByScript, type Told } from './scripted-builder.ts';

/** What a question told the model. */
export const toldBy = ({ shared, question }: Question): Told => ({
  paper: /<paper>\n([\s\S]*?)\n<\/paper>/.exec(shared)?.[1] ?? '',
  code: shared.split('# The official code')[1] ?? '',
  question,
});

export interface ScriptedModels {
  /** Every question that was paid for, in order. */
  asked: { model: string; kind: string; paper: string }[];
  model: FactoryDependencies['model'];
  /** Stands in for the script where it answers something. */
  instead: { answer?: (question: Question) => unknown };
}

export const CALL_USD = 0.25;

/** Models that answer by the script, each call for a quarter of a dollar. */
export function scriptedModels(): ScriptedModels {
  const asked: ScriptedModels['asked'] = [];
  const instead: ScriptedModels['instead'] = {};
  const ask: FactoryModel['ask'] = async (question) => {
    const told = toldBy(question);
    const value = (await instead.answer?.(question)) ?? buildByScript(question.shape.name, told);
    asked.push({ model: question.model, kind: question.shape.name, paper: told.paper.split('\n')[0] ?? '' });
    const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0, usd: CALL_USD };
    return { value: question.shape.schema.parse(value), usage };
  };
  return { asked, instead, model: () => ({ identity: { provider: 'scripted' }, ask }) };
}

/** A dry judge that counts the share of the code's lines that stand in a submission, in their order. */
export const lineJudge = (official: Record<string, string>): DryJudge => ({
  grade: async ({ files }) => {
    const wanted = Object.values(official).join('\n').split('\n');
    const given = files
      .map(({ text }) => text)
      .join('\n')
      .split('\n');
    const same = wanted.filter((line, index) => line === given[index]).length;
    return { score: same / wanted.length, judge: 'lines-1', usd: 0.1 };
  },
});

type Own = Pick<FactoryDependencies, 'papers' | 'model'> & Partial<Pick<FactoryDependencies, 'dryJudge'>>;

/** What the factory is made of, over a store, with papers and models of the test's own. */
export const factoryDependencies = (store: Store, own: Own): FactoryDependencies => ({
  store,
  codeVersion: 'test',
  prompts: readPrompts(resolve('prompts/factory')),
  recipe: createFactoryRecipeReader(store),
  dryJudge: () => {
    throw new Error('the recipe of this test has no judge');
  },
  ...own,
});

export const factoryActivities = (store: Store, own: Own) => createFactory(factoryDependencies(store, own));

/** A run whose tasks a factory makes; `factory` are its settings. */
export function factoryRunRecipe(factory: object = {}, tasks: object = {}): Record<string, unknown> {
  const { models: table, factory: settings } = factoryTestRecipe(factory);
  return tinyRecipe({
    tasks: { type: 'factory', heldout: 1, ...tasks },
    models: table,
    judge: { type: 'llm', model: Object.keys(table as object)[0], variant: 'code-development' },
    factory: settings,
    stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' }],
  });
}

const MODEL = { type: 'anthropic', model: 'scripted' };

export const factoryTestRecipe = (factory: object = {}): Record<string, unknown> => ({
  name: 'factory-test',
  models: { builder: MODEL, reviewer: MODEL },
  factory: {
    sources: [{ source: 'local', folder: 'papers' }],
    models: { builder: 'builder', reviewer: 'reviewer' },
    ...factory,
  },
});
