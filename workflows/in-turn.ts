/** Does pieces of work one after the other: of two in quick succession, what is asked for last is done last. */
export function inTurn<Args extends unknown[]>(
  work: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (...args) => (last = last.catch(() => undefined).then(() => work(...args)));
}
