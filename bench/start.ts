import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { recipe as recipeSchema } from '../core/recipe.ts';
import type { Report } from '../core/report.ts';
import { withCluster } from './cluster.ts';
import { atMost, type Figure } from './figure.ts';

const ROLLOUTS_MINUTES = 3;
const WHOLE_MINUTES = 6;

/** `micro.json` from pools that poll to its report: its rollouts alone, and the whole with training and serving. */
export async function start(): Promise<Figure[]> {
  const recipe = recipeSchema.parse(await readRecipe('micro'));
  const { report, minutes } = await withCluster({ trainer: true }, async ({ play }) => {
    const began = performance.now();
    const report = await play('micro', recipe);
    return { report, minutes: (performance.now() - began) / 60_000 };
  });
  const modelFree = report.stages.filter(({ name }) => ['distill', 'evaluate-teacher', 'evaluate-idle'].includes(name));
  const rollouts = modelFree.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  return [
    {
      ...atMost('micro.json: stages of scripted rollouts, from pools ready', rollouts, ROLLOUTS_MINUTES),
      unit: 'min',
      detail: secondsOf(modelFree),
    },
    {
      ...atMost('micro.json: from pools ready to the report', minutes, WHOLE_MINUTES),
      unit: 'min',
      detail: secondsOf(report.stages),
    },
  ];
}

/** A shipped recipe as it lies there. */
export async function readRecipe(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(packageRoot(), `config/recipes/${name}.json`), 'utf8')) as unknown;
}

const secondsOf = (stages: Report['stages']): Record<string, number> =>
  Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds]));
