import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Pids of a pool's processes that the supervisor keeps. */
export function poolPids(home: string, pool: string): number[] {
  return namesIn(join(home, 'pids'))
    .filter((name) => name.startsWith(`${pool}.`))
    .map((name) => Number(look(() => readFileSync(join(home, 'pids', name), 'utf8'))))
    .filter((pid) => pid > 1);
}

/** Processes that were started for this home or work in it, but for this one; Linux alone can tell. */
export function processesOf(home: string): number[] {
  return allPids().filter((pid) => {
    const place = look(() => readlinkSync(`/proc/${pid}/cwd`));
    const variables = look(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).split('\0');
    return place.startsWith(home) || variables.includes(`LONGHAUL_HOME=${home}`);
  });
}

/** Supervisors of open sandboxes: each works in its sandbox's own folder, below its machine's. */
export function sandboxSupervisors(home: string): number[] {
  const folder = join(home, 'sandboxes');
  return allPids().filter((pid) => {
    const place = look(() => readlinkSync(`/proc/${pid}/cwd`));
    return place.startsWith(`${folder}/`) && /^[0-9a-f]{12}\/[0-9a-f]{20}$/.test(place.slice(folder.length + 1));
  });
}

/** Processes of this home that run a module of the trainer. */
export const pythons = (home: string, module: string): number[] =>
  allPids().filter((pid) => {
    const words = look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    if (!words.includes(module)) return false;
    return look(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .includes(`LONGHAUL_HOME=${home}`);
  });

const allPids = (): number[] =>
  namesIn('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid);

/** Sends a signal; a process that has just ended is none. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Processes end while they are looked at. */
function look(at: () => string): string {
  try {
    return at();
  } catch {
    return '';
  }
}
