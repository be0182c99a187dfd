import { attach, end, type Attached, type Setting } from './attach.ts';
import { SandboxLost } from './errors.ts';
import { foldersIn, readMeta } from './folders.ts';
import { holderOf, reach } from './reach.ts';
import type { DeviceSet, Holding, SandboxSpec } from './sandbox.ts';

const PING_MS = 2000;

/** The devices of a machine's sandboxes that live. One that does not answer may: what runs in it does not need its supervisor. */
export async function listHoldings(sandboxes: string): Promise<Holding[]> {
  const found = await Promise.all((await foldersIn(sandboxes)).map(holdingOf));
  return found.filter((holding) => holding !== null);
}

async function holdingOf(folder: string): Promise<Holding | null> {
  const meta = await readMeta(folder).catch(noneIfMissing);
  if (!meta?.devices || meta.devices.ids.length === 0) return null;
  const reached = await reach(folder, PING_MS);
  if (reached.state === 'none') return null;
  if (reached.state === 'answers') reached.connection.end();
  return { sandbox: meta.id, devices: meta.devices };
}

/** As `attach` does, to a sandbox that has the devices of its specification: one that lives with others is opened anew on its workspace. */
export async function attachWithDevices(setting: Setting, folder: string, spec: SandboxSpec): Promise<Attached> {
  const attached = await attach(setting, folder, spec);
  if (attached.found !== 'attached' || (await holds(folder, spec))) return attached;
  attached.connection.end();
  await end(setting.launcher, await holderOf(folder));
  const again = await attach(setting, folder, spec);
  if (again.found !== 'attached' || (await holds(folder, spec))) return again;
  again.connection.end();
  throw new SandboxLost(`another opens the sandbox ${spec.id} too, with other devices`);
}

/** Whether the supervisor that was reached has given its sandbox these devices. */
export async function holds(folder: string, { devices }: SandboxSpec): Promise<boolean> {
  const meta = await readMeta(folder).catch(noneIfMissing);
  return signOf(meta?.devices) === signOf(devices);
}

/** Without the files that all devices share: which of them are there may change. */
const signOf = (devices: DeviceSet | null | undefined): string =>
  JSON.stringify((devices?.ids ?? []).map((id, n) => [id, devices?.paths[n]]));

function noneIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
