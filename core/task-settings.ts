import { z } from 'zod';
import { name } from './fields.ts';
import { micropaperDifficulty } from './micropaper/difficulty.ts';

const gpus = z.int().min(0).default(0).describe('GPUs that a rollout of these tasks holds while its sandbox is open');

const selection = z
  .union([z.array(name), z.int().min(0).max(100_000), z.literal('rest')])
  .describe('names of tasks, how many to draw by the seed, or `rest` for all that the other suite leaves');

const micropapers = z
  .strictObject({
    type: z.literal('micropapers'),
    seed: z.int().default(0).describe('the same seed gives the same papers, byte for byte, on any machine'),
    train: z.int().min(0).max(2000).describe('papers to learn from'),
    heldout: z.int().min(0).max(2000).describe('papers that nothing is ever chosen on'),
    difficulty: micropaperDifficulty.prefault({}),
    gpus,
  })
  .describe('generated tasks that a tiny model can learn');

const folder = z
  .strictObject({
    type: z.literal('folder'),
    paths: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'task folders in the layout of PaperBench, or folders of them; relative to the checkout, or `store:` and a key of the store',
      ),
    train: selection.default('rest'),
    heldout: selection.default([]),
    seed: z.int().default(0).describe('draws the suites that are given as a number'),
    instructions: z
      .string()
      .min(1)
      .optional()
      .describe('a Markdown file to use as the first message instead of prompts/task/instructions.md'),
    gpus,
  })
  .refine(({ train, heldout }) => train !== 'rest' || heldout !== 'rest', {
    message: 'train and heldout cannot both be the rest',
    path: ['heldout'],
  })
  .describe(
    'papers with rubrics, brought by you or made by the Research-Factory; `npm run check-tasks` says what is wrong',
  );

const made = z
  .strictObject({
    type: z.literal('factory'),
    train: selection.default('rest'),
    heldout: selection.default([]),
    seed: z.int().default(0).describe('draws the suites that are given as a number'),
    instructions: z.string().min(1).optional().describe('as for `folder`'),
    gpus,
  })
  .refine(({ train, heldout }) => train !== 'rest' || heldout !== 'rest', {
    message: 'train and heldout cannot both be the rest',
    path: ['heldout'],
  })
  .describe('papers that the run’s own first stage, `factory`, makes tasks of; see the field factory of the recipe');

/** What is to be reproduced. */
export const taskSettings = z.discriminatedUnion('type', [micropapers, folder, made]);
export type TaskSettings = z.infer<typeof taskSettings>;
export type FolderTasks = Extract<TaskSettings, { type: 'folder' }>;
export type MadeTasks = Extract<TaskSettings, { type: 'factory' }>;
export type MicropaperTasks = Extract<TaskSettings, { type: 'micropapers' }>;
