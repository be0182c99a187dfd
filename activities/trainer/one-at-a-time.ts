/** Work under a name; the signal is aborted when newer work of that name has come. */
export type Turnstile = <T>(name: string, work: (replaced: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Of works with one name only one is at it: a newer one asks the one before it to end, and begins once that has ended. So an
 * attempt that the server has given up, and that does not know it yet, does not stand in the way of the next.
 */
export function createTurnstile(): Turnstile {
  const inside = new Map<string, { replace: AbortController; done: Promise<unknown> }>();

  return async (name, work) => {
    const before = inside.get(name);
    const replace = new AbortController();
    const result = (async () => {
      before?.replace.abort();
      await before?.done;
      return work(replace.signal);
    })();
    const own = { replace, done: result.catch(() => undefined) };
    inside.set(name, own);
    try {
      return await result;
    } finally {
      if (inside.get(name) === own) inside.delete(name);
    }
  };
}
