const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A duration as people write it: a whole number and a unit. */
export const DURATION = /^([1-9]\d*)(s|m|h|d)$/;

/** Seconds in a duration such as `2h`. */
export function seconds(text: string): number {
  const match = DURATION.exec(text);
  if (!match) throw new Error(`"${text}" is not a duration such as 90s, 15m, 2h or 7d`);
  return Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}

/** Seconds for a person: `850 ms`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function readable(amount: number): string {
  if (amount < 1) return `${Math.round(amount * 1000)} ms`;
  const whole = Math.round(amount);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
