interface Looking<T> {
  /** Whether anybody waits for what is seen. */
  isNeeded(): boolean;
  look(): Promise<T>;
  seen(what: T): void;
  failed(error: unknown): void;
}

/**
 * Looks when told to, one look at a time, and again every `everyMs` while it is needed. `anew` is for a change that a look under way
 * may have missed: what that sees does not count.
 */
export function createLooking<T>(everyMs: number, of: Looking<T>): (how?: { anew: boolean }) => void {
  let looks = false;
  let isOutdated = false;
  let timer: NodeJS.Timeout | undefined;

  async function lookNow(): Promise<void> {
    looks = true;
    clearTimeout(timer);
    try {
      while (of.isNeeded()) {
        isOutdated = false;
        const what = await of.look();
        if (isOutdated) continue;
        of.seen(what);
        break;
      }
    } catch (error) {
      of.failed(error);
    }
    looks = false;
    if (of.isNeeded()) timer = setTimeout(() => void lookNow(), everyMs).unref();
  }

  return ({ anew } = { anew: false }) => {
    isOutdated ||= anew;
    if (!looks) void lookNow();
  };
}
