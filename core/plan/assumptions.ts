import { z } from 'zod';

const amount = z.number().min(0);
const count = z.int().min(1);

/** What a recipe does not say and nobody knows before the run; every figure of a plan that needs one names it. */
export const assumptions = z.strictObject({
  turns: count.describe('turns of a rollout that nothing cuts'),
  secondsPerTurn: amount.describe('of the time budget that one turn takes; a virtual clock says it by itself'),
  slotSecondsPerTurn: amount.describe('measured seconds that one turn holds its slot, where the clock is virtual'),
  prefixTokens: count.describe('tokens of the instructions and the turns in which the paper is read'),
  actionTokens: count.describe('tokens of an answer'),
  thinkingTokens: amount.describe('tokens thought before an answer, where a language model thinks'),
  observationTokens: count.describe('tokens of what comes back in a turn'),
  tasks: count.describe(
    'tasks of both suites, where one of them is the rest and the tasks are not there to be counted',
  ),
  leaves: count.describe('graded leaves of a task'),
  developmentShare: z.number().min(0).max(1).describe('share of them that ask for code alone'),
  judgeInputTokens: amount.describe('tokens that a language model reads to grade a leaf, over both of its calls'),
  judgeOutputTokens: amount.describe('tokens that it writes for it, thinking included'),
  judgeSeconds: amount.describe('measured seconds of judging one submission'),
  submissionMb: amount.describe('size of a submission'),
  factoryInputTokens: amount.describe('tokens that language models read to make a task of a paper'),
  factoryOutputTokens: amount.describe('tokens that they write for it'),
  paperMb: amount.describe('size of a task that the factory made, with what it was made from'),
  accepted: z.number().min(0).max(1).describe('share of the trajectories that a distillation keeps'),
  parameters: count.describe('weights of the student'),
  weightBytes: count.describe('bytes of a weight in a checkpoint, which keeps the precision that it was read in'),
  trainTokensPerSecond: amount.describe('tokens of rows that the trainer goes through in a second; 0: not known'),
});
export type Assumptions = z.infer<typeof assumptions>;
export type AssumptionName = keyof Assumptions;

/** A recipe's own assumptions; what it leaves out is filled in by the kind of its tasks. */
export const recipeAssumptions = assumptions.partial();
export type GivenAssumptions = z.infer<typeof recipeAssumptions>;

/**
 * Of generated papers and the tiny student, as measured on two cores; leaves and prefix are those of a page of 14
 * experiments, the mean of the default difficulty.
 */
export const MICROPAPER: Assumptions = {
  turns: 48,
  secondsPerTurn: 16,
  slotSecondsPerTurn: 0.03,
  prefixTokens: 82,
  actionTokens: 6,
  thinkingTokens: 120,
  observationTokens: 8,
  tasks: 100,
  leaves: 42,
  developmentShare: 0.3,
  judgeInputTokens: 4000,
  judgeOutputTokens: 400,
  factoryInputTokens: 0,
  factoryOutputTokens: 0,
  paperMb: 0,
  judgeSeconds: 0.3,
  submissionMb: 0.02,
  accepted: 0.76,
  parameters: 377_120,
  weightBytes: 4,
  trainTokensPerSecond: 20_000,
};

/**
 * Of real papers: turns and hours as the KLong paper reports them for its trained model, leaves and
 * their shares as PaperBench's means, tokens of a leaf as its judge's price a paper gives them, the rest a first guess that a
 * recipe should replace by what its own runs measured.
 */
export const PAPER: Assumptions = {
  turns: 730,
  secondsPerTurn: 44,
  slotSecondsPerTurn: 44,
  prefixTokens: 30_000,
  actionTokens: 400,
  thinkingTokens: 500,
  observationTokens: 1600,
  tasks: 1000,
  leaves: 416,
  developmentShare: 0.44,
  judgeInputTokens: 100_000,
  judgeOutputTokens: 5000,
  factoryInputTokens: 3_000_000,
  factoryOutputTokens: 150_000,
  paperMb: 60,
  judgeSeconds: 1800,
  submissionMb: 5,
  accepted: 0.5,
  parameters: 8_000_000_000,
  weightBytes: 2,
  trainTokensPerSecond: 0,
};

export const ASSUMPTION_NAMES = Object.keys(assumptions.shape) as AssumptionName[];

export const SOURCES = ['default', 'recipe', 'command line'] as const;

/** An assumption as a plan shows it: where its value comes from, and what it is. */
export const stated = z.object({
  name: z.string(),
  value: z.number(),
  from: z.enum(SOURCES),
  meaning: z.string(),
});
export type Stated = z.infer<typeof stated>;

/** The assumptions that hold: the command line over the recipe over the defaults, each with where it comes from. */
export function resolveAssumptions(
  defaults: Assumptions,
  recipe: GivenAssumptions,
  given: GivenAssumptions,
): { values: Assumptions; stated: Stated[] } {
  const values = assumptions.parse({ ...defaults, ...defined(recipe), ...defined(given) });
  const from = (name: AssumptionName): Stated['from'] =>
    given[name] !== undefined ? 'command line' : recipe[name] !== undefined ? 'recipe' : 'default';
  return {
    values,
    stated: ASSUMPTION_NAMES.map((name) => ({
      name,
      value: values[name],
      from: from(name),
      meaning: assumptions.shape[name].description ?? '',
    })),
  };
}

const defined = (some: GivenAssumptions): GivenAssumptions =>
  Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined));
