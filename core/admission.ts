/** What decides whether a stage lets a rollout in, and when it begins; small, so that a stage can carry it on. */
export interface Gate {
  /** No rollout begins before this time. All times are in milliseconds. */
  nextAt: number;
  /** Rollouts that have said that they wait for the judge. */
  waiting: string[];
  /** When one was last graded while others waited, and the mean time between two such grades. */
  gradedAt: number | null;
  gradeEvery: number | null;
  /** Mean time that a rollout took from its admission to the judge. */
  playFor: number | null;
}

/** A rollout that waits for the judge, and how long it took from its admission to the end of its playing. */
export interface Waits {
  rollout: string;
  playedMs: number;
}

/** What a stage allows, as it stands. */
export interface Limits {
  /** Rollouts in flight. */
  concurrency: number;
  /** Rollouts that may wait for the judge. */
  judgeQueue: number;
}

export const newGate = (): Gate => ({ nextAt: 0, waiting: [], gradedAt: null, gradeEvery: null, playFor: null });

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
 * full queue and as many as it grades while one plays: whoever is let in now finds a place in the queue when it has been
 * played, and the judge is never left without work.
 */
export function placesOf(gate: Gate, { concurrency, judgeQueue }: Limits): number {
  const { waiting, gradeEvery, playFor } = gate;
  if (gradeEvery === null || playFor === null) return waiting.length >= judgeQueue ? 0 : concurrency;
  return Math.min(concurrency, judgeQueue + Math.ceil(playFor / Math.max(1, gradeEvery)));
}

/** Notes a rollout that waits for the judge, once, and how long it took to get there. */
export function noteWaiting(gate: Gate, { rollout, playedMs }: Waits): void {
  if (gate.waiting.includes(rollout)) return;
  gate.waiting.push(rollout);
  gate.playFor = average(gate.playFor, playedMs);
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
