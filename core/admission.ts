/** What decides whether a stage lets a rollout in, and when it begins; small, so that a stage can carry it on. */
export interface Gate {
  /** No rollout begins before this time. All times are in milliseconds. */
  nextAt: number;
  /** Rollouts that have said that they wait for the judge. */
  waiting: string[];
  /** When one was last graded while others waited, and the mean time between two such grades. */
  gradedAt: number | null;
  gradeEvery: number | null;
  /** Mean time from a rollout's admission until it said that it waits. */
  before: number | null;
}

/** A rollout that waits for the judge, and the milliseconds from its admission until it said so. */
export interface Waits {
  rollout: string;
  after: number;
}

/** What a stage allows, as it stands. */
export interface Limits {
  /** Rollouts in flight. */
  concurrency: number;
  /** Rollouts that may wait for the judge. */
  judgeQueue: number;
}

export const newGate = (): Gate => ({ nextAt: 0, waiting: [], gradedAt: null, gradeEvery: null, before: null });

/** Milliseconds between two rollouts that begin, for as many as may be in flight to be spread over a time. */
export const gapOf = (spreadSeconds: number, concurrency: number): number => (spreadSeconds * 1000) / concurrency;

/** Lets a rollout in; returns the milliseconds that it waits before it begins. Rollouts that come one by one do not wait. */
export function letIn(gate: Gate, now: number, gap: number): number {
  const at = Math.max(now, gate.nextAt);
  gate.nextAt = at + gap;
  return Math.round(at - now);
}

/**
 * How many rollouts may be in flight: as many as the stage allows while the judge keeps up. Once too many have waited for it, a
 * full queue and, by Little's law, as many as it grades while one comes to wait: whoever is let in now finds a place in the
 * queue when its time comes, and the judge is not left without work.
 */
export function placesOf(gate: Gate, { concurrency, judgeQueue }: Limits): number {
  const { waiting, gradeEvery, before } = gate;
  if (gradeEvery === null || before === null) return waiting.length >= judgeQueue ? 0 : concurrency;
  return Math.min(concurrency, judgeQueue + Math.ceil(before / Math.max(1, gradeEvery)));
}

/** Notes a rollout that waits for the judge, once. */
export function noteWaiting(gate: Gate, { rollout, after }: Waits): void {
  if (gate.waiting.includes(rollout)) return;
  gate.waiting.push(rollout);
  gate.before = average(gate.before, after);
}

/** Forgets a rollout that has ended, however it did. */
export function noteEnded(gate: Gate, rollout: string, now: number): void {
  if (gate.waiting.length === 0) return;
  gate.waiting = gate.waiting.filter((id) => id !== rollout);
  if (gate.gradedAt !== null) gate.gradeEvery = average(gate.gradeEvery, now - gate.gradedAt);
  gate.gradedAt = gate.waiting.length > 0 ? now : null;
}

/** A mean that forgets: the last few dozen count. */
const average = (before: number | null, value: number): number =>
  before === null ? value : before + (value - before) / 16;
