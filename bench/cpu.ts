import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths } from '../config/home.ts';

const TICKS_PER_SECOND = 100;

/** CPU seconds that each process of a home has used so far, by its name: figures that a busy machine changes least. */
export async function cpuSeconds(home: string): Promise<Record<string, number>> {
  const { pids } = homePaths(home);
  const files = (await readdir(pids)).filter((name) => name.endsWith('.pid'));
  const used = files.map(async (name) => [name.replace(/\.0\.pid$|\.pid$/, ''), await secondsOf(join(pids, name))]);
  return Object.fromEntries(await Promise.all(used)) as Record<string, number>;
}

/** User and system time, its own and that of children that have ended. */
async function secondsOf(pidFile: string): Promise<number> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS_PER_SECOND;
}
