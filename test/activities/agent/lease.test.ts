import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { takeLease } from '../../../activities/agent/lease.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const root = temporaryFolder();

test('each attempt takes the next epoch, and only the newest holds the lease', async () => {
  const folder = join(root, 'next');
  const first = await takeLease(folder, 'record 0');
  await expect(first.assertHeld()).resolves.toBeUndefined();
  const second = await takeLease(folder, 'record 4');
  expect([first.epoch, second.epoch]).toEqual([1, 2]);
  await expect(first.assertHeld()).rejects.toThrow('lease 1 was taken over by 2');
  await expect(second.assertHeld()).resolves.toBeUndefined();
});

test('attempts at the same moment get different epochs', async () => {
  const folder = join(root, 'race');
  const leases = await Promise.all(Array.from({ length: 20 }, () => takeLease(folder, 'record 0')));
  expect(new Set(leases.map((lease) => lease.epoch)).size).toBe(20);
});

test('an attempt that got nowhere for no fault of its own does not count', async () => {
  const folder = join(root, 'excused');
  await takeLease(folder, 'record 2');
  await (await takeLease(folder, 'record 2')).excuse('the provider was away');
  expect((await takeLease(folder, 'record 2')).fruitless).toBe(1);
  expect((await takeLease(folder, 'record 2')).fruitless).toBe(2);
});

test('attempts in a row that got nowhere are counted, and a new turn starts the count again', async () => {
  const folder = join(root, 'fruitless');
  const places = ['record 0', 'record 0', 'record 0', 'record 2', 'record 2'];
  const counts: number[] = [];
  for (const place of places) counts.push((await takeLease(folder, place)).fruitless);
  expect(counts).toEqual([1, 2, 3, 1, 2]);
});
