import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createDeviceAllocator } from '../../../activities/sandboxes/devices.ts';
import type { DeviceSet } from '../../../activities/sandboxes/sandbox.ts';
import { output, run, withSandbox } from './support.ts';

const machine = (count: number) => ({
  devices: Array.from({ length: count }, (_, n) => ({ id: `${n}`, path: `/dev/fake${n}` })),
  shared: ['/dev/fakectl'],
});

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
