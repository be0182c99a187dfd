import { judgeOf, reproductionOf, type JudgeSettings } from '../../core/judge-settings.ts';
import { rowOf, type LedgerRow } from '../../core/ledger.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import { verdict as verdictSchema, type RolloutRecord, type Verdict } from '../../core/record.ts';
import { limitsOf } from '../../core/rollout-settings.ts';
import { readRecord } from '../record-outcome.ts';
import { gradeRollout, type GradingDependencies } from './grade-rollout.ts';
import type { Judged } from './judged.ts';
import { writeOverrule } from './monitor/overrules.ts';
import { reproduce, type ReproductionDependencies } from './reproduce.ts';

export type JudgingAgain = GradingDependencies & ReproductionDependencies;

export interface AgainRequest {
  rollout: string;
  recipe: Recipe;
  settings: JudgeSettings;
  onProgress(details: unknown): void;
  signal: AbortSignal;
}

/** What another judge says of a rollout, beside what its own said. */
export interface Compared {
  rollout: string;
  before: number | null;
  /** Null where some leaves could not be graded. */
  now: number | null;
  judge: string;
  usd: number;
  /** Of the leaves that both graded, the share that they graded alike; null where there are none. */
  agreement: number | null;
}

/**
 * Has a finished rollout's submission judged by another judge. Its record stays as it is; the verdict is kept beside it, under the
 * judge's name. Undefined for a rollout that handed nothing in.
 */
export async function judgeAgain(deps: JudgingAgain, request: AgainRequest): Promise<Compared | undefined> {
  const { store } = deps;
  const { rollout } = request;
  const record = await readRecord(store, rollout);
  if (!record?.submission) return undefined;
  const judged = await grade(deps, request, record);
  await store.writeJson(`${keys.rollout(rollout)}/verdicts/${judged.judge}.json`, { rollout, ...judged });
  const own = verdictSchema.safeParse(await store.readJson(keys.verdict(rollout)));
  return {
    rollout,
    before: record.score ?? null,
    now: 'unjudged' in judged ? null : judged.score,
    judge: judged.judge,
    usd: judged.usage?.usd ?? 0,
    agreement: own.success ? agreementOf(own.data.leaves, judged.leaves) : null,
  };
}

/** A person lets a rollout be graded whatever the monitor found: its verdict, its record and its line in the ledger are made anew. */
export async function overrule(
  deps: JudgingAgain,
  request: Omit<AgainRequest, 'settings'> & { reason: string },
): Promise<{ before: number; now: number }> {
  const { store } = deps;
  const { rollout, recipe, reason } = request;
  const record = await readRecord(store, rollout);
  if (!record?.violated) throw new Error(`${rollout} has no violation that could be overruled`);
  await writeOverrule(store, rollout, reason);
  const settings = judgeOf(recipe, parseRolloutId(rollout).stage);
  const judged = await grade(deps, { ...request, settings }, record);
  if ('unjudged' in judged) throw new Error(`${judged.unjudged.length} leaves could not be graded: try again`);
  const { violated: _, ...kept } = record;
  const verdict: Verdict = { rollout, ...judged };
  const named = await store.writeJson(keys.verdict(rollout), verdict);
  const usage = judged.usage ? { judgeUsage: judged.usage } : {};
  const now: RolloutRecord = { ...kept, score: judged.score, verdict: named, ...usage };
  await store.writeJson(keys.record(rollout), now);
  await correctLedger(deps, now);
  return { before: record.score ?? 0, now: judged.score };
}

async function grade(deps: JudgingAgain, request: AgainRequest, { submission }: RolloutRecord): Promise<Judged> {
  const { rollout, recipe, settings, signal } = request;
  if (!submission) throw new Error(`${rollout} handed nothing in`);
  const own = reproductionOf(settings);
  const epoch = Date.now();
  const limits = limitsOf(recipe.rollout.sandbox);
  const { run } = parseRolloutId(rollout);
  const reproduction =
    own === undefined
      ? undefined
      : await reproduce(deps, { rollout, run, submission, settings: own, limits, epoch, signal });
  return gradeRollout(deps, { ...request, submission, reproduction, epoch });
}

/** Of a stage that has ended; one that has not will read the record when it does. */
export async function correctLedger({ store }: Pick<JudgingAgain, 'store'>, record: RolloutRecord): Promise<void> {
  const { run, stage } = parseRolloutId(record.rollout);
  const key = `${keys.stage(run, stage)}/ledger.jsonl`;
  if (!(await store.exists(key))) return;
  const lines = (await store.read(key)).toString('utf8').split('\n');
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerRow);
  const corrected = rows.map((row) => (row.rollout === record.rollout ? rowOf(record) : row));
  await store.write(key, corrected.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

function agreementOf(a: Verdict['leaves'], b: Verdict['leaves']): number | null {
  const scores = new Map(a.map(({ leaf, score }) => [leaf, score]));
  const both = b.filter(({ leaf }) => scores.has(leaf));
  if (both.length === 0) return null;
  return both.filter(({ leaf, score }) => scores.get(leaf) === score).length / both.length;
}
