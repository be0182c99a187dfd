import type { AgentRules } from './settings.ts';

/** A word on the time after every few turns; undefined after all others. */
export function timeReminder(
  { remindEvery }: AgentRules,
  at: { turn: number; active: number; budget: number },
): string | undefined {
  if (remindEvery === 0 || (at.turn + 1) % remindEvery !== 0) return undefined;
  const left = Math.max(0, at.budget - at.active);
  return `[time: ${inWords(at.active)} used, ${inWords(left)} left of ${inWords(at.budget)}]`;
}

/** `2 h 05 min`, `12 min`, `40 s`: no more exact than a person would say it. */
export function inWords(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
