import type { RolloutRecord } from './record.ts';
import { parseRolloutId } from './names.ts';
import type { Counts } from './status.ts';

/** One line of `ledger.jsonl`: what became of one planned rollout. */
export interface LedgerRow {
  rollout: string;
  stage: string;
  step: string;
  task: string;
  member: number;
  policy: string;
  outcome: RolloutRecord['outcome'];
  score: number | null;
  end: string | null;
  turns: number;
  activeSeconds: number;
  /** Where its verdict is incomplete: the score by PaperBench's convention. */
  paperbench?: number;
  /** Where the blacklist was violated, which is why the score is 0. */
  violated?: true;
}

export interface Ledger {
  rows: LedgerRow[];
  totals: Counts;
}

/**
 * The ledger of a plan: every planned rollout counted once, whatever died. Throws where it does not close: a planned
 * rollout without a record, a record that nobody planned, a plan that names a rollout twice.
 */
export function closeLedger(planned: readonly string[], records: readonly RolloutRecord[]): Ledger {
  const byId = new Map(records.map((record) => [record.rollout, record]));
  const unique = new Set(planned);
  if (unique.size !== planned.length) throw new Error(`the plan names ${planned.length - unique.size} rollouts twice`);
  if (byId.size !== records.length) throw new Error('a rollout has two records');
  const missing = planned.filter((id) => !byId.has(id));
  if (missing.length > 0)
    throw new Error(`${missing.length} planned rollouts have no record, the first is ${missing[0]}`);
  const stray = records.find((record) => !unique.has(record.rollout));
  if (stray) throw new Error(`${stray.rollout} has a record but was not planned`);
  const rows = planned.map((id) => rowOf(byId.get(id) as RolloutRecord));
  return { rows, totals: countOutcomes(rows) };
}

/** A rollout's line in the ledger. */
export function rowOf(record: RolloutRecord): LedgerRow {
  const { stage, step, task, member } = parseRolloutId(record.rollout);
  return {
    rollout: record.rollout,
    stage,
    step,
    task,
    member,
    policy: record.policy,
    outcome: record.outcome,
    score: record.score ?? null,
    end: record.end ?? null,
    turns: record.turns,
    activeSeconds: record.activeSeconds,
    ...(record.paperbench === undefined ? {} : { paperbench: record.paperbench }),
    ...(record.violated ? { violated: true } : {}),
  };
}

/** planned = scored + infraFailed + cancelled. */
export function countOutcomes(rows: readonly Pick<LedgerRow, 'outcome'>[]): Counts {
  const of = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length;
  return { planned: rows.length, scored: of('scored'), infraFailed: of('infra-failed'), cancelled: of('cancelled') };
}

/** Adds counts of several stages up. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((total, counts) => total + counts[key], 0);
  return {
    planned: sum('planned'),
    scored: sum('scored'),
    infraFailed: sum('infraFailed'),
    cancelled: sum('cancelled'),
  };
}

/** Whether every planned rollout is accounted for. */
export const closes = (counts: Counts): boolean =>
  counts.planned === counts.scored + counts.infraFailed + counts.cancelled;
