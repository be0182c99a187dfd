import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { discoverDevices } from '../../../activities/sandboxes/discover-devices.ts';

test('devices are those that are named', async () => {
  const { devices } = await discoverDevices({ named: '0=/dev/null, GPU-4f=/dev/zero' });
  expect(devices).toEqual([
    { id: '0', path: '/dev/null' },
    { id: 'GPU-4f', path: '/dev/zero' },
  ]);
});

test('an empty name means none', async () => {
  expect(await discoverDevices({ named: '' })).toEqual({ devices: [], shared: [] });
});

test.each([
  { named: '0=/dev/null,0=/dev/zero', says: 'twice' },
  { named: '0=/etc/passwd', says: 'write a number' },
  { named: 'a b=/dev/null', says: 'write a number' },
  { named: '0=/dev/longhaul-absent', says: 'there is no /dev/longhaul-absent' },
])('the names $named are refused', async ({ named, says }) => {
  await expect(discoverDevices({ named })).rejects.toThrow(says);
});

test('without names they are what nvidia-smi lists, by their unique names; without nvidia-smi there are none', async () => {
  expect(await discoverDevices({ nvidiaSmi: '/no/nvidia-smi' })).toEqual({ devices: [], shared: [] });
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-smi-'));
  const nvidiaSmi = join(folder, 'nvidia-smi');
  try {
    writeFileSync(nvidiaSmi, '#!/bin/sh\necho "93, GPU-aa"\n');
    chmodSync(nvidiaSmi, 0o755);
    await expect(discoverDevices({ nvidiaSmi })).rejects.toThrow('the device GPU-aa, and there is no /dev/nvidia93');
    writeFileSync(nvidiaSmi, '#!/bin/sh\nexit 9\n');
    await expect(discoverDevices({ nvidiaSmi })).rejects.toThrow('nvidia-smi could not list');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
