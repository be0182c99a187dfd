import type { Duration } from '@temporalio/common';
import { devicesKept, workerShutdown } from '../failures.ts';
import type { DeviceAllocator } from '../sandboxes/devices.ts';
import type { DeviceSet } from '../sandboxes/sandbox.ts';
import type { Beat } from './heartbeat.ts';

interface Wanted {
  /** Whose devices they are to be: where it lives it keeps those that it has. */
  sandbox: string;
  count: number;
  /** When to come again where only such devices are free as sandboxes keep; absent to wait for them here. */
  retryDelay?: Duration;
}

/** What the heartbeat says meanwhile. */
export const WAITS_FOR_DEVICES = {
  state: 'waits-for-devices',
  why: 'the GPUs of this worker are held by others',
  until: null,
};

/**
 * Devices for a sandbox. To wait for one that another rollout holds does not mean to be stuck. Where they are kept for sandboxes whose
 * attempts are yet to come back, those may be waiting for this very slot.
 */
export function waitForDevices(
  { devices, draining }: { devices: DeviceAllocator; draining?: AbortSignal },
  { sandbox, count, retryDelay }: Wanted,
  { progress, signal }: Beat,
): Promise<DeviceSet> {
  return devices.acquire(count, signal, {
    sandbox,
    onWait(kept) {
      if (draining?.aborted) throw workerShutdown('the worker is being stopped');
      if (kept.length > 0 && retryDelay !== undefined) throw devicesKept(kept, retryDelay);
      progress(WAITS_FOR_DEVICES);
    },
  });
}
