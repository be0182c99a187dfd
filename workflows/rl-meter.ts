/** Where the seconds of a step go, and how many places are taken meanwhile. All by the workflow's own clock. */
export type Meter = ReturnType<typeof meterOf>;

const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;

export function meterOf(playing: number) {
  const startedAt = Date.now();
  const spent = { rollout: 0, judge: 0, train: 0, sync: 0 };
  let places = playing;
  let at = startedAt;
  /** Milliseconds of all places together. */
  let taken = 0;
  let last: { playedAt: number | null; at: number } | undefined;

  function advance(): void {
    const now = Date.now();
    taken += places * (now - at);
    at = now;
  }

  return {
    began(count: number): void {
      advance();
      places += count;
    },
    /** A place is free from when its rollout had been played, not only from when it was judged. */
    ended(playedAt: number | null): void {
      advance();
      places -= 1;
      if (playedAt !== null) taken -= at - Math.max(startedAt, Math.min(playedAt, at));
      last = { playedAt, at };
    },
    /** The batch is complete: the last report says how long it was judged. */
    complete(): void {
      const { playedAt, at } = last ?? { playedAt: startedAt, at: startedAt };
      spent.rollout = seconds(startedAt + spent.sync * 1000, playedAt ?? at);
      spent.judge = seconds(Math.max(startedAt, playedAt ?? at), at);
    },
    async timed<T>(what: 'train' | 'sync', work: () => Promise<T>): Promise<T> {
      const began = Date.now();
      const result = await work();
      spent[what] += seconds(began, Date.now());
      return result;
    },
    /** What a step reports of itself. */
    read(concurrency: number) {
      advance();
      const total = seconds(startedAt, at);
      return {
        startedAt: new Date(startedAt).toISOString(),
        endedAt: new Date(at).toISOString(),
        seconds: { total, ...spent },
        slots: { count: concurrency, utilisation: total === 0 ? 0 : taken / 1000 / total / concurrency },
      };
    },
  };
}
