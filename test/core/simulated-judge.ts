import { letIn, newGate, noteEnded, noteWaiting, placesOf } from '../../core/admission.ts';

export interface Simulated {
  rollouts: number;
  concurrency: number;
  /** Null where the stage never holds back. */
  judgeQueue: number | null;
  judgeSlots: number;
  /** Mean seconds of playing, and by what share of it rollouts differ. */
  play: number;
  spreadShare: number;
  judge: number;
  /** Seconds after which a rollout says that it waits. */
  after: number;
}

export interface Outcome {
  graded: number;
  seconds: number;
  /** The most that waited at once after half of them had been let in. */
  longestQueue: number;
}

/** A stage, its rollouts and their judge as events in time: what the workflow would do, in a millisecond. */
export function simulate(given: Simulated): Outcome {
  const { rollouts, concurrency, judgeSlots, play, spreadShare, judge, after } = given;
  const limits = { concurrency, judgeQueue: given.judgeQueue ?? Infinity };
  const gate = newGate();
  const inFlight = new Set<string>();
  const queue: string[] = [];
  const events: { at: number; order: number; happen: () => void }[] = [];
  const seen = { now: 0, begun: 0, busy: 0, graded: 0, longestQueue: 0 };
  const later = (seconds: number, happen: () => void): number =>
    events.push({ at: seen.now + 1000 * seconds, order: events.length, happen });

  const admit = (): void => {
    while (seen.begun < rollouts && inFlight.size < placesOf(gate, limits)) {
      const rollout = `r${seen.begun}`;
      // Evenly between its shortest and its longest time, without chance: a multiple of the golden ratio.
      const seconds = play * (1 + spreadShare * (((seen.begun * 0.618) % 1) - 0.5));
      seen.begun += 1;
      inFlight.add(rollout);
      later(letIn(gate, seen.now, 0) / 1000 + seconds, () => played(rollout, seconds));
    }
  };
  const played = (rollout: string, seconds: number): void => {
    queue.push(rollout);
    judgeNext();
    if (seen.begun > rollouts / 2) seen.longestQueue = Math.max(seen.longestQueue, queue.length);
    later(after, () => {
      if (inFlight.has(rollout)) noteWaiting(gate, { rollout, after: 1000 * (seconds + after) });
    });
  };
  const judgeNext = (): void => {
    while (seen.busy < judgeSlots && queue.length > 0) {
      const rollout = queue.shift() as string;
      seen.busy += 1;
      later(judge, () => graded(rollout));
    }
  };
  const graded = (rollout: string): void => {
    seen.busy -= 1;
    seen.graded += 1;
    inFlight.delete(rollout);
    noteEnded(gate, rollout, seen.now);
    judgeNext();
    admit();
  };

  admit();
  while (events.length > 0) {
    const next = events.reduce((first, one) =>
      one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first,
    );
    events.splice(events.indexOf(next), 1);
    seen.now = next.at;
    next.happen();
  }
  return { graded: seen.graded, seconds: seen.now / 1000, longestQueue: seen.longestQueue };
}
