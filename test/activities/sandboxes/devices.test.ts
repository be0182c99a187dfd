import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createDeviceAllocator } from '../../../activities/sandboxes/devices.ts';
import type { DeviceSet, Holding } from '../../../activities/sandboxes/sandbox.ts';
import { eventually } from '../../support/eventually.ts';
import { output, run, withSandbox } from './support.ts';

const machine = (count: number) => ({
  devices: Array.from({ length: count }, (_, n) => ({ id: `${n}`, path: `/dev/fake${n}` })),
  shared: ['/dev/fakectl'],
});

/** Looks later it is still not settled. */
async function nothingFor(waits: Promise<DeviceSet>, looks: { count: number }): Promise<void> {
  const before = looks.count;
  await eventually(() => looks.count > before + 2);
  expect(await Promise.race([waits, Promise.resolve('still')])).toBe('still');
}

test('a set holds as many devices as asked for, with their files and the shared ones', async () => {
  const allocator = createDeviceAllocator(machine(3));
  expect(await allocator.acquire(2)).toEqual({ ids: ['0', '1'], paths: ['/dev/fake0', '/dev/fake1', '/dev/fakectl'] });
  expect(await allocator.acquire(1)).toEqual({ ids: ['2'], paths: ['/dev/fake2', '/dev/fakectl'] });
});

test('no device is an empty set, on a machine without any too', async () => {
  expect(await createDeviceAllocator(machine(0)).acquire(0)).toEqual({ ids: [], paths: [] });
});

test.each([3, -1, 0.5, NaN])('%p devices of 2 are refused at once', async (count) => {
  await expect(createDeviceAllocator(machine(2)).acquire(count)).rejects.toThrow(RangeError);
});

test('who asks for many is not overtaken by who asks for few', async () => {
  const allocator = createDeviceAllocator(machine(2));
  const first = await allocator.acquire(1);
  const order: string[] = [];
  const many = (async () => {
    const set = await allocator.acquire(2);
    order.push('many');
    allocator.release(set);
  })();
  const few = allocator.acquire(1).then(() => order.push('few'));
  allocator.release(first);
  await Promise.all([many, few]);
  expect(order).toEqual(['many', 'few']);
});

test('who is aborted while waiting gets the reason and holds nobody up', async () => {
  const allocator = createDeviceAllocator(machine(2));
  await allocator.acquire(1);
  const abort = new AbortController();
  const many = allocator.acquire(2, abort.signal);
  const few = allocator.acquire(1);
  abort.abort(new Error('no more'));
  await expect(many).rejects.toThrow('no more');
  expect((await few).ids).toEqual(['1']);
  await expect(allocator.acquire(1, abort.signal)).rejects.toThrow('no more');
});

test('what is not held cannot be given back, nor twice', async () => {
  const allocator = createDeviceAllocator(machine(2));
  const set = await allocator.acquire(1);
  allocator.release(set);
  expect(() => allocator.release(set)).toThrow('are not held');
});

test('whatever is asked and given back, no device is ever held twice and all are served', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 }), async (counts) => {
      const allocator = createDeviceAllocator(machine(4));
      const held = new Set<string>();
      const hold = async (set: DeviceSet): Promise<void> => {
        for (const id of set.ids) {
          expect(held.has(id)).toBe(false);
          held.add(id);
        }
        await Promise.resolve();
        for (const id of set.ids) held.delete(id);
        allocator.release(set);
      };
      await Promise.all(counts.map(async (count) => hold(await allocator.acquire(count))));
      expect((await allocator.acquire(4)).ids).toHaveLength(4);
    }),
  );
});

/** A machine whose living sandboxes are these, and which looks again every few milliseconds. */
function withSandboxes(count: number, holdings: Holding[]) {
  const looks = { count: 0 };
  const look = async (): Promise<Holding[]> => {
    looks.count += 1;
    return [...holdings];
  };
  return { allocator: createDeviceAllocator(machine(count), { holdings: look, lookMs: 5 }), holdings, looks };
}

const has = (sandbox: string, ...ids: string[]): Holding => ({
  sandbox,
  devices: { ids, paths: [...ids.map((id) => `/dev/fake${id}`), '/dev/fakectl'] },
});

test('what a living sandbox has is given to no other until it is gone', async () => {
  const { allocator, holdings, looks } = withSandboxes(2, [has('a', '0')]);
  expect((await allocator.acquire(1)).ids).toEqual(['1']);
  const waits = allocator.acquire(1);
  await nothingFor(waits, looks);
  holdings.length = 0;
  expect((await waits).ids).toEqual(['0']);
});

test('who comes back to a living sandbox gets what it has, in its order and past those who wait for any', async () => {
  const { allocator, looks } = withSandboxes(3, [has('a', '2', '0')]);
  const any = allocator.acquire(2);
  expect((await allocator.acquire(2, undefined, { sandbox: 'a' })).ids).toEqual(['2', '0']);
  await nothingFor(any, looks);
});

test("who comes back while an older attempt still holds what the sandbox has waits for that, in nobody's way", async () => {
  const { allocator, looks } = withSandboxes(2, [has('a', '0')]);
  const older = await allocator.acquire(1, undefined, { sandbox: 'a' });
  const newer = allocator.acquire(1, undefined, { sandbox: 'a' });
  const other = await allocator.acquire(1);
  expect(other.ids).toEqual(['1']);
  allocator.release(other);
  await nothingFor(newer, looks);
  allocator.release(older);
  expect((await newer).ids).toEqual(['0']);
});

test.each([
  { case: 'is there no more', holding: has('a', '7') },
  {
    case: 'has become another device of the name',
    holding: { sandbox: 'a', devices: { ids: ['0'], paths: ['/dev/x'] } },
  },
  { case: 'are more than it is to have', holding: has('a', '0', '1') },
])('where what its sandbox has $case, its rollout gets what any other does, its own included', async ({ holding }) => {
  const { allocator } = withSandboxes(2, [holding]);
  expect((await allocator.acquire(1, undefined, { sandbox: 'a' })).ids).toEqual(['0']);
});

test('a device is known by its file where it was given out under a name of before, and parts of one by their names', async () => {
  const renamed = withSandboxes(2, [{ sandbox: 'a', devices: { ids: ['GPU-4f'], paths: ['/dev/fake0'] } }]);
  expect((await renamed.allocator.acquire(1)).ids).toEqual(['1']);
  const parts = ['MIG-1', 'MIG-2'].map((id) => ({ id, path: '/dev/fake0' }));
  const holding = { sandbox: 'a', devices: { ids: ['MIG-1'], paths: ['/dev/fake0'] } };
  const parted = createDeviceAllocator({ devices: parts, shared: [] }, { holdings: async () => [holding] });
  expect((await parted.acquire(1)).ids).toEqual(['MIG-2']);
});

test('a sandbox that was let go of while it was looked at keeps what it has', async () => {
  const living: Holding[] = [];
  const looks: (() => void)[] = [];
  const holdings = async (): Promise<Holding[]> => {
    const seen = [...living];
    await new Promise<void>((resolve) => looks.push(resolve));
    return seen;
  };
  const allocator = createDeviceAllocator(machine(1), { holdings, lookMs: 5 });
  const looked = async (): Promise<void> => {
    await eventually(() => looks.length === 1);
    looks.shift()!();
  };
  const first = allocator.acquire(1, undefined, { sandbox: 'a' });
  await looked();
  const set = await first;
  const other = allocator.acquire(1);
  living.push(has('a', '0'));
  allocator.release(set);
  await looked(); // it began before
  await looked();
  await eventually(() => looks.length === 1);
  expect(await Promise.race([other, Promise.resolve('still')])).toBe('still');
});

test('who waits is told at every look of those that keep what is free, and may give up', async () => {
  const { allocator, holdings } = withSandboxes(2, [has('a', '0')]);
  const told: string[][] = [];
  const one = await allocator.acquire(1);
  const waits = allocator.acquire(1, undefined, { onWait: (kept) => void told.push(kept) });
  await eventually(() => told.length > 1);
  expect(told[0]).toEqual(['a']);
  const weary = (): void => {
    throw new Error('enough');
  };
  await expect(allocator.acquire(2, undefined, { onWait: weary })).rejects.toThrow('enough');
  allocator.release(one);
  expect((await waits).ids).toEqual(['1']);
  holdings.length = 0;
  expect((await allocator.acquire(1)).ids).toEqual(['0']);
});

test('where the sandboxes cannot be looked at nothing is given out', async () => {
  const holdings = () => Promise.reject(new Error('no such disk'));
  const allocator = createDeviceAllocator(machine(1), { holdings });
  await expect(allocator.acquire(1)).rejects.toThrow('no such disk');
  expect((await allocator.acquire(0)).ids).toEqual([]);
});

test('a machine without a rollout that wants devices does not look', async () => {
  const { allocator, looks } = withSandboxes(1, []);
  allocator.release(await allocator.acquire(0));
  expect(looks.count).toBe(0);
});

test('a sandbox sees the devices it was given and no others', async () => {
  const devices = { ids: ['7'], paths: ['/dev/kmsg'] };
  await withSandbox({ devices }, async (sandbox) => {
    expect(await output(sandbox, 'echo $CUDA_VISIBLE_DEVICES; ls /dev/kmsg')).toBe('7\n/dev/kmsg');
  });
  await withSandbox({ devices: { ids: [], paths: [] } }, async (sandbox) => {
    expect(await run(sandbox, 'echo "[$CUDA_VISIBLE_DEVICES]"; ls /dev/kmsg')).toMatchObject({
      exitCode: 2,
      output: expect.stringMatching(/^\[\]\n/),
    });
  });
});
