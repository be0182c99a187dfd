import { z } from 'zod';
import { seconds } from './duration.ts';
import { duration, name } from './fields.ts';

const checkJudge = z
  .strictObject({ type: z.literal('check') })
  .describe('a command for every leaf, run in a fresh sandbox: micropapers, and tasks that bring a checks.json');

const reproductionSettings = z
  .strictObject({
    timeout: duration.default('24h').describe('measured time after which reproduce.sh is killed'),
    retryUnder: duration
      .optional()
      .describe(
        'a run that ends sooner is made again as PaperBench does, with Python 3.11, in a virtual environment, with both, and the ' +
          'last one counts; PaperBench has 10m, never where it is not given',
      ),
  })
  .refine(({ timeout, retryUnder }) => retryUnder === undefined || seconds(retryUnder) < seconds(timeout), {
    message: 'must be shorter than timeout',
    path: ['retryUnder'],
  });
export type ReproductionSettings = z.infer<typeof reproductionSettings>;

const llmJudge = z
  .strictObject({
    type: z.literal('llm'),
    model: name.describe('a model of the recipe'),
    variant: z
      .enum(['full', 'code-development'])
      .default('full')
      .describe(
        '`code-development` grades only what was written: leaves of other categories are pruned, nothing is run',
      ),
    resourcesProvided: z
      .boolean()
      .default(false)
      .describe('leaves that ask for data sets and models weigh nothing, because the tasks come with them'),
    rankedFiles: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('files that a leaf is graded by; the model picks them where there are more, or where they do not fit'),
    priorNodes: z
      .int()
      .min(0)
      .optional()
      .describe('requirements before and above a leaf that it is graded with; all where it is not given'),
    concurrency: z
      .int()
      .min(1)
      .max(2000)
      .default(100)
      .describe("leaves in flight at a time; the model's limits hold beside"),
    batch: z
      .boolean()
      .default(false)
      .describe("asks by the provider's batches, which cost less and may take a day, where it has them"),
    reproduction: reproductionSettings
      .prefault({})
      .describe('how reproduce.sh is run before leaves of execution and results are graded'),
  })
  .describe("a language model that grades one leaf at a time, as PaperBench's SimpleJudge does");

/** Who grades leaves. */
export const judgeSettings = z.discriminatedUnion('type', [checkJudge, llmJudge]);
export type JudgeSettings = z.infer<typeof judgeSettings>;
export type LlmJudgeSettings = Extract<JudgeSettings, { type: 'llm' }>;

interface Judged {
  judge: JudgeSettings;
  evaluationJudge?: JudgeSettings | undefined;
}

/** The judge of a stage: evaluations may have one of their own, so that nothing is measured by what it was trained on. */
export const judgeOf = ({ judge, evaluationJudge }: Judged, stage: string): JudgeSettings =>
  stage.startsWith('evaluate-') ? (evaluationJudge ?? judge) : judge;

/** How a submission's `reproduce.sh` is run; undefined where the judge does not look at what that leaves. */
export const reproductionOf = (judge: JudgeSettings): ReproductionSettings | undefined =>
  judge.type === 'llm' && judge.variant === 'full' ? judge.reproduction : undefined;

/** What in a recipe's judges cannot be: models that it does not name. */
export function judgeContradictions(recipe: Judged & { models: object }): { path: string[]; message: string }[] {
  return (['judge', 'evaluationJudge'] as const).flatMap((field) => {
    const judge = recipe[field];
    if (judge?.type !== 'llm' || Object.hasOwn(recipe.models, judge.model)) return [];
    const known = Object.keys(recipe.models).join(', ') || 'none';
    return [{ path: [field, 'model'], message: `no such model; there is ${known}` }];
  });
}
