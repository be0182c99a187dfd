import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Devices } from './devices.ts';

const run = promisify(execFile);
const QUERY = ['--query-gpu=index,uuid', '--format=csv,noheader'];
const SHARED = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-modeset'];

/**
 * The machine's accelerators: as `named` says (LONGHAUL_GPUS: `0,1` or `GPU-4f…=/dev/nvidia0,…`; empty for none), else as
 * nvidia-smi lists them, by their unique names, since a number counts what is visible where it is used. Throws when a named
 * device is not there.
 */
export async function discoverDevices(options: { named?: string | undefined; nvidiaSmi?: string }): Promise<Devices> {
  const devices = options.named === undefined ? await listed(options.nvidiaSmi ?? 'nvidia-smi') : parse(options.named);
  const absent = devices.find(({ path }) => !existsSync(path));
  if (absent) throw new Error(`LONGHAUL_GPUS names the device ${absent.id}, and there is no ${absent.path}`);
  return { devices, shared: devices.length === 0 ? [] : SHARED.filter((path) => existsSync(path)) };
}

function parse(named: string): Devices['devices'] {
  const entries = named.split(',').map((entry) => entry.trim());
  const devices = entries.filter(Boolean).map((entry) => {
    const [id = '', path = `/dev/nvidia${id}`] = entry.split('=');
    if (!/^[\w-]+$/.test(id) || !path.startsWith('/dev/')) {
      throw new Error(`LONGHAUL_GPUS has '${entry}': write a number, or a name and its device as in 0=/dev/nvidia0`);
    }
    return { id, path };
  });
  if (new Set(devices.map(({ id }) => id)).size < devices.length) {
    throw new Error(`LONGHAUL_GPUS names a device twice: ${named}`);
  }
  return devices;
}

/** Empty on a machine without nvidia-smi, which is one without its driver. */
async function listed(nvidiaSmi: string): Promise<Devices['devices']> {
  const answer = await run(nvidiaSmi, QUERY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return { stdout: '' };
    throw new Error(`nvidia-smi could not list the devices: ${error.message}`, { cause: error });
  });
  const lines = answer.stdout.split('\n').filter((line) => line.trim());
  return lines.map((line) => {
    const [index = '', id = ''] = line.split(',').map((field) => field.trim());
    return { id, path: `/dev/nvidia${index}` };
  });
}
