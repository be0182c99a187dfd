/** When a rollout was played, and when its judging began and ended; in milliseconds of one clock. */
export interface Judged {
  played: number;
  begun: number;
  graded: number;
}

/** Where the simulated judge writes it down, as JSON lines. */
export const judgedKey = (run: string): string => `bench/${run}.jsonl`;

/** How long each waited for its judging to begin, in seconds. */
export const waits = (all: readonly Judged[]): number[] => all.map(({ played, begun }) => (begun - played) / 1000);

/** The most rollouts that waited at one time: played, and not begun to be judged. */
export function longestQueue(all: readonly Judged[]): number {
  const changes = all.flatMap(({ played, begun }) => [
    { at: played, by: 1 },
    { at: begun, by: -1 },
  ]);
  let waiting = 0;
  let most = 0;
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    waiting += by;
    most = Math.max(most, waiting);
  }
  return most;
}

/** Those that were played after the first part of all, in the order of their playing. */
export const afterShare = (all: readonly Judged[], share: number): Judged[] =>
  all.toSorted((a, b) => a.played - b.played).slice(Math.floor(all.length * share));

/** Grades in a second, from the first to the last. */
export function gradedPerSecond(all: readonly Judged[]): number {
  const times = all.map(({ graded }) => graded);
  return (1000 * (all.length - 1)) / (Math.max(...times) - Math.min(...times));
}
