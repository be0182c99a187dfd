import { afterEach, expect, test } from '@jest/globals';
import { createSharedLimiter, type SharedLimiter } from '../../../../activities/models/limiter/shared.ts';
import { modelLimits } from '../../../../core/models.ts';
import { eventually } from '../../../support/eventually.ts';
import { temporaryFolders } from '../../../support/temporary.ts';

const folder = temporaryFolders();
const open: SharedLimiter[] = [];
afterEach(() => {
  for (const limiter of open.splice(0)) limiter.close();
});

/** What one process has of the limits. */
function process(shared: string): SharedLimiter {
  const limiter = createSharedLimiter({ folder: shared, host: '127.0.0.1' });
  open.push(limiter);
  return limiter;
}

const wanted = (limits: object) => ({ key: 'a', limits: modelLimits.parse(limits), since: performance.now() });
const never = new AbortController().signal;
const failed = { type: 'failed' } as const;

test('processes that share a folder share the limits', async () => {
  const shared = folder();
  const [first, second] = [process(shared), process(shared)];
  const [a] = await Promise.all([
    first.acquire(wanted({ concurrent: 2 }), never),
    second.acquire(wanted({ concurrent: 2 }), never),
  ]);
  let third = false;
  const waiting = second.acquire(wanted({ concurrent: 2 }), never).then(() => (third = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(third).toBe(false);
  a.settle(failed);
  await waiting;
});

test('however many look for an owner at once, there is one', async () => {
  const shared = folder();
  const many = Array.from({ length: 8 }, () => process(shared));
  let given = 0;
  for (const one of many)
    void one.acquire(wanted({ concurrent: 3 }), never).then(
      () => (given += 1),
      () => undefined,
    );
  await eventually(() => given === 3);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(given).toBe(3);
});

test('a process that is gone gives its shares and its places back', async () => {
  const shared = folder();
  const owner = process(shared);
  await owner.acquire(wanted({ concurrent: 3 }), never);
  const dying = process(shared);
  await Promise.all([1, 2].map(() => dying.acquire(wanted({ concurrent: 3 }), never)));
  dying.acquire(wanted({ concurrent: 3 }), never).catch(() => undefined);
  const waiting = owner.acquire(wanted({ concurrent: 3 }), never);
  dying.close();
  await waiting;
  await expect(owner.acquire(wanted({ concurrent: 3 }), never)).resolves.toBeDefined();
});

test('when the owner is gone another takes over, who knows what is held, and who waited goes on waiting there', async () => {
  const shared = folder();
  const owner = process(shared);
  await owner.acquire(wanted({ concurrent: 2 }), never);
  const [second, third] = [process(shared), process(shared)];
  const held = await second.acquire(wanted({ concurrent: 2 }), never);
  const order: string[] = [];
  const waiting = [
    second.acquire(wanted({ concurrent: 1 }), never).then(() => order.push('second')),
    third.acquire(wanted({ concurrent: 1 }), never).then(() => order.push('third')),
  ];
  await new Promise((resolve) => setTimeout(resolve, 100));
  owner.close();
  // Longer than a new owner rests before its first share.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(order).toEqual([]);
  held.settle(failed);
  await Promise.race(waiting);
  expect(order).toHaveLength(1);
});

test('who leaves the queue gets nothing, and the next one does', async () => {
  const shared = folder();
  const [first, second] = [process(shared), process(shared)];
  const held = await first.acquire(wanted({ concurrent: 1 }), never);
  const leaving = new AbortController();
  const left = second.acquire(wanted({ concurrent: 1 }), leaving.signal);
  const next = second.acquire(wanted({ concurrent: 1 }), never);
  await new Promise((resolve) => setTimeout(resolve, 50));
  leaving.abort(new Error('let go'));
  await expect(left).rejects.toThrow('let go');
  held.settle(failed);
  await expect(next).resolves.toBeDefined();
});
