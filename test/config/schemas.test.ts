import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { generatedFiles } from '../../cli/schemas/generated-files.ts';
import { recipe } from '../../core/recipe.ts';
import { report } from '../../core/report.ts';
import { sampleReport } from '../activities/report/sample.ts';

const root = join(__dirname, '../..');
const committed = (path: string): string => readFileSync(join(root, path), 'utf8');
const schemaOf = (name: string): z.ZodType =>
  z.fromJSONSchema(JSON.parse(committed(`config/schemas/${name}.json`)) as Parameters<typeof z.fromJSONSchema>[0]);

test.each(generatedFiles().map(({ path, text }) => [path, text]))(
  '%s is what core says (npm run schemas)',
  (path, text) => {
    expect(committed(path)).toBe(text);
  },
);

test.each(['micro', 'smoke', 'klong'])('the published schema accepts the shipped recipe %s, as core does', (name) => {
  const shipped: unknown = JSON.parse(committed(`config/recipes/${name}.json`));
  expect(recipe.safeParse(shipped).error).toBeUndefined();
  expect(schemaOf('recipe').safeParse(shipped).error).toBeUndefined();
});

test.each([
  ['a field that nobody knows', { colour: 'blue' }],
  ['a name that could not stand in an id', { name: 'a.b' }],
  ['no stage at all', { stages: [] }],
])('the published schema refuses a recipe with %s, as core does', (_, change) => {
  const wrong = { ...(JSON.parse(committed('config/recipes/smoke.json')) as object), ...change };
  expect(recipe.safeParse(wrong).success).toBe(false);
  expect(schemaOf('recipe').safeParse(wrong).success).toBe(false);
});

test('the published schema of a report accepts a report, and none without its ledger', () => {
  const { ledger: _, ...without } = sampleReport();
  expect(report.safeParse(sampleReport()).success).toBe(true);
  expect(schemaOf('report').safeParse(sampleReport()).error).toBeUndefined();
  expect(schemaOf('report').safeParse(without).success).toBe(false);
});

test('the shipped recipes point an editor to the published schema', () => {
  for (const name of ['micro', 'smoke', 'klong']) {
    const { $schema } = JSON.parse(committed(`config/recipes/${name}.json`)) as { $schema: string };
    expect(join('config/recipes', $schema)).toBe('config/schemas/recipe.json');
  }
});
