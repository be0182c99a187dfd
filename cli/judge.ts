import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { writeReport } from '../activities/bookkeeping/write-report.ts';
import { createJudges } from '../activities/judges/create-judges.ts';
import { judgeAgain, overrule, type Compared, type JudgingAgain } from '../activities/judges/judge-again.ts';
import { inPool } from '../activities/judges/llm/in-pool.ts';
import { atAddress } from '../activities/models/address.ts';
import { createModels } from '../activities/models/create-models.ts';
import { createSharedLimiter, limitsFolder } from '../activities/models/limiter/shared.ts';
import { readPrompts } from '../activities/prompts.ts';
import { chooseSandbox } from '../activities/sandboxes/choose.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore, type Store } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { readSecret } from '../config/secrets.ts';
import { describeIssues } from '../core/describe-issues.ts';
import { judgeSettings, type JudgeSettings } from '../core/judge-settings.ts';
import { modelSettings } from '../core/models.ts';
import { keys, parseRolloutId } from '../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../core/recipe.ts';
import { mean } from '../core/statistics.ts';
import { readArguments } from './arguments.ts';
import { usageError, UserError } from './user-error.ts';

const OPTIONS = {
  judge: { type: 'string', default: 'evaluation' },
  stage: { type: 'string' },
  overrule: { type: 'string' },
} as const;

/** Rollouts that are judged at a time; their leaves are many more. */
const AT_A_TIME = 4;

/** `npm run judge -- RUN` or `-- ROLLOUT --overrule REASON`: finished rollouts judged again. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('judge', args, OPTIONS);
  const [name, ...rest] = positionals;
  if (!name || rest.length > 0) throw usageError('judge', 'name a run, or with --overrule a rollout');
  const { deps, store, close } = await openJudging();
  try {
    const recipe = await readRecipeOf(store, name.split('.')[0] ?? '');
    if (values.overrule !== undefined)
      return await overruleOne(deps, { rollout: name, recipe, reason: values.overrule });
    const rollouts = await rolloutsOf(store, name, values.stage);
    const chosen = chooseJudge(recipe, values.judge);
    const compared: Compared[] = [];
    await inPool(rollouts, AT_A_TIME, async (rollout) => {
      const found = await judgeAgain(deps, { rollout, ...chosen, onProgress: () => undefined, signal: NEVER });
      if (found) compared.push(found);
      if (found) process.stdout.write(`${line(found)}\n`);
    });
    process.stdout.write(summary(compared));
    return compared.some(({ now }) => now === null) ? 1 : 0;
  } finally {
    close();
  }
}

const NEVER = new AbortController().signal;

async function openJudging(): Promise<{ deps: JudgingAgain; store: Store; close(): void }> {
  const root = packageRoot();
  const environment = readEnvironment(root);
  const { home, unsafeSandbox: unsafe, servingHost, messagesUrl } = environment;
  const paths = homePaths(home);
  const store = createFolderStore(paths.store);
  const limiter = createSharedLimiter({ folder: limitsFolder(home, servingHost), host: servingHost });
  const { provider: sandboxes } = await chooseSandbox({ home, unsafe });
  const models = atAddress(createModels({ limiter, secret: readSecret }), messagesUrl);
  const prompts = readPrompts(join(root, 'prompts/judge'));
  const judge = createJudges({ store, sandboxes, models, prompts });
  return { deps: { store, sandboxes, scratch: paths.scratch, judge }, store, close: () => limiter.close() };
}

async function readRecipeOf(store: Store, run: string): Promise<Recipe> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new UserError(`there is no run "${run}" in this store`);
  return recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
}

async function rolloutsOf(store: Store, run: string, stage: string | undefined): Promise<string[]> {
  const all = await store.list(`${keys.run(run)}/rollouts`);
  const found = all.filter((id) => stage === undefined || parseRolloutId(id).stage === stage);
  if (found.length === 0)
    throw new UserError(`the run "${run}" has no rollout${stage ? ` of the stage "${stage}"` : ''}`);
  return found;
}

const given = z.strictObject({ judge: judgeSettings, models: z.record(z.string(), modelSettings).default({}) });

/** The recipe's judge of evaluations or of training, or one from a file, with its models. */
function chooseJudge(recipe: Recipe, choice: string): { recipe: Recipe; settings: JudgeSettings } {
  if (choice === 'evaluation') return { recipe, settings: recipe.evaluationJudge ?? recipe.judge };
  if (choice === 'training') return { recipe, settings: recipe.judge };
  const value = readJson(choice);
  const parsed = given.safeParse(value);
  if (!parsed.success) throw new UserError(`${choice}: ${describeIssues(parsed.error, value)}`);
  return { recipe: { ...recipe, models: { ...recipe.models, ...parsed.data.models } }, settings: parsed.data.judge };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new UserError(`--judge is evaluation, training or a file: ${(error as Error).message}`, 2);
  }
}

async function overruleOne(
  deps: JudgingAgain,
  request: { rollout: string; recipe: Recipe; reason: string },
): Promise<number> {
  const { run } = parseRolloutId(request.rollout);
  const { before, now } = await overrule(deps, { ...request, onProgress: () => undefined, signal: NEVER });
  await writeReport(deps.store, run);
  process.stdout.write(`${request.rollout}: ${before.toFixed(3)} → ${now.toFixed(3)}, overruled: ${request.reason}\n`);
  return 0;
}

const shown = (score: number | null): string => (score === null ? '–' : score.toFixed(3));
const line = ({ rollout, before, now, agreement, usd }: Compared): string =>
  `${rollout}  ${shown(before)} → ${shown(now)}  leaves alike ${shown(agreement)}  ${usd.toFixed(4)} USD`;

function summary(all: readonly Compared[]): string {
  const of = (values: (number | null)[]): string => shown(mean(values.filter((value) => value !== null)));
  const usd = all.reduce((sum, one) => sum + one.usd, 0);
  const scores = `${of(all.map(({ before }) => before))} → ${of(all.map(({ now }) => now))}`;
  const alike = of(all.map(({ agreement }) => agreement));
  return `${all.length} rollouts  ${scores}  leaves alike ${alike}  ${usd.toFixed(4)} USD, by ${all[0]?.judge ?? 'nobody'}\n`;
}
