/**
 * Does the work for every item, at most so many at a time, in the order of the items. After a first failure nothing new is begun;
 * what is in flight is awaited, for its answers are paid for, and then that failure is thrown.
 */
export async function inPool<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
