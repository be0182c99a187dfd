/** Why somebody waits for a provider, for a person who looks. */
export interface Waiting {
  /** `rate-limited`: it is busy, or its limits have no room; `provider-away`: it does not answer, or not to the end. */
  state: 'rate-limited' | 'provider-away';
  why: string;
  /** ISO time of the next try; null where it depends on others. */
  until: string | null;
}

/** Told when a wait begins or changes its reason, and null once it is over. */
export type OnWait = (waiting: Waiting | null) => void;

/** Waits for a place that are shorter are not worth a word; of longer ones it is told again, for they have no end of their own. */
const NOTICED_MS = 1000;
const AGAIN_MS = 30_000;
const NO_ROOM: Waiting = {
  state: 'rate-limited',
  why: "the provider's limits, which all rollouts share, have no room",
  until: null,
};

/** Tells one asker's waits; without anybody to tell it does nothing. */
export function waitTeller(onWait: OnWait | undefined) {
  let isTold = false;
  const begin = (waiting: Waiting): void => {
    if (!onWait) return;
    isTold = true;
    onWait(waiting);
  };
  return {
    /** It will be tried again after so many seconds. */
    pauses(state: Waiting['state'], why: string, seconds: number): void {
      if (onWait) begin({ state, why, until: new Date(Date.now() + seconds * 1000).toISOString() });
    },
    /** Waits for a place among others. */
    async forRoom<T>(place: Promise<T>): Promise<T> {
      if (!onWait) return place;
      let timer: NodeJS.Timeout;
      const tell = (): void => {
        begin(NO_ROOM);
        timer = setTimeout(tell, AGAIN_MS);
      };
      timer = setTimeout(tell, NOTICED_MS);
      try {
        return await place;
      } finally {
        clearTimeout(timer);
      }
    },
    over(): void {
      if (isTold) onWait?.(null);
      isTold = false;
    },
  };
}
