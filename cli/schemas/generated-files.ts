import { z } from 'zod';
import { factoryRecipe } from '../../core/factory/factory-recipe.ts';
import { factoryReport } from '../../core/factory/factory-report.ts';
import { provenance } from '../../core/factory/provenance.ts';
import { checkpointManifest, job } from '../../core/job.ts';
import { runManifest, stageManifest } from '../../core/manifest.ts';
import { plan } from '../../core/plan/plan.ts';
import { recipe } from '../../core/recipe.ts';
import { record, verdict } from '../../core/record.ts';
import { report } from '../../core/report.ts';
import { runStatus } from '../../core/status.ts';
import { recipeReference } from './recipe-reference.ts';
import type { Schema } from './schema.ts';

type Published = readonly [name: string, schema: z.ZodType, io: 'input' | 'output'];

/** Who writes decides the side: what people and programs hand in is `input`, what Longhaul writes is `output`. */
const PUBLISHED: readonly Published[] = [
  ['recipe', recipe, 'input'],
  ['factory-recipe', factoryRecipe, 'input'],
  ['job', job, 'input'],
  // Written by the trainer, read by Longhaul.
  ['checkpoint-manifest', checkpointManifest, 'input'],
  ['run-manifest', runManifest, 'output'],
  ['stage-manifest', stageManifest, 'output'],
  ['record', record, 'output'],
  ['verdict', verdict, 'output'],
  ['report', report, 'output'],
  ['status', runStatus, 'output'],
  ['factory-report', factoryReport, 'output'],
  ['provenance', provenance, 'output'],
  ['plan', plan, 'output'],
];

export interface GeneratedFile {
  /** Relative to the checkout. */
  path: string;
  text: string;
}

/** Every file that is generated from the schemas in core, as it must stand in the checkout. */
export function generatedFiles(): GeneratedFile[] {
  const schemas = PUBLISHED.map(([name, schema, io]) => ({
    path: `config/schemas/${name}.json`,
    text: `${JSON.stringify(z.toJSONSchema(schema, { io }), null, 2)}\n`,
  }));
  return [
    ...schemas,
    { path: 'docs/recipe.md', text: recipeReference(z.toJSONSchema(recipe, { io: 'input' }) as Schema) },
  ];
}
