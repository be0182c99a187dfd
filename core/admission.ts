/** What decides whether a stage lets a rollout in, and when it begins; small, so that a stage can carry it on. */
export interface Gate {
  /** No rollout begins before this time, in milliseconds. */
  nextAt: number;
  /** Rollouts that have said that they wait for the judge. */
  waiting: string[];
}

export const newGate = (): Gate => ({ nextAt: 0, waiting: [] });

/** Milliseconds between two rollouts that begin, for as many as may be in flight to be spread over a time. */
export const gapOf = (spreadSeconds: number, concurrency: number): number => (spreadSeconds * 1000) / concurrency;

/** Lets a rollout in; returns the milliseconds that it waits before it begins. Rollouts that come one by one do not wait. */
export function letIn(gate: Gate, now: number, gap: number): number {
  const at = Math.max(now, gate.nextAt);
  gate.nextAt = at + gap;
  return Math.round(at - now);
}

/** Whether the judge keeps up: fewer than `judgeQueue` rollouts wait for it. */
export const keepsUp = (gate: Gate, judgeQueue: number): boolean => gate.waiting.length < judgeQueue;

/** Notes a rollout that waits for the judge, once. */
export function noteWaiting(gate: Gate, rollout: string): void {
  if (!gate.waiting.includes(rollout)) gate.waiting.push(rollout);
}

/** Forgets a rollout that has ended, however it did. */
export function noteEnded(gate: Gate, rollout: string): void {
  gate.waiting = gate.waiting.filter((id) => id !== rollout);
}
