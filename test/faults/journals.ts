import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from './processes.ts';

const EVERY_MS = 50;

/**
 * Keeps every sandbox's journal in sight, beyond the removal of its sandbox: an open file outlives its name. The journal has a
 * line for each call that was begun, so a call that was begun twice was executed twice.
 */
export function watchJournals(home: string) {
  const folder = join(home, 'sandboxes');
  const open = new Map<string, number>();
  const look = (): void => {
    for (const name of sandboxesIn(folder)) {
      const file = join(folder, name, 'journal');
      if (!existsSync(file)) continue;
      try {
        const fd = openSync(file, 'r');
        const key = `${name}/${inodeOf(fd)}`;
        if (open.has(key)) closeSync(fd);
        else open.set(key, fd);
      } catch {
        // removed since it was listed
      }
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    /** Calls that were begun more than once within a sandbox, and how many journals were seen. */
    close(): { seen: number; twice: string[] } {
      clearInterval(timer);
      const twice = [...open].flatMap(([key, fd]) => begunTwice(readAll(fd)).map((call) => `${key} call ${call}`));
      for (const fd of open.values()) closeSync(fd);
      return { seen: open.size, twice };
    },
  };
}

/** Below a folder for each machine. */
const sandboxesIn = (folder: string): string[] =>
  namesIn(folder)
    .flatMap((machine) => namesIn(join(folder, machine)).map((name) => `${machine}/${name}`))
    .filter((name) => /\/[0-9a-f]{20}$/.test(name));

const inodeOf = (fd: number): number => fstatSync(fd).ino;

/** From the beginning, whatever was read before. */
function readAll(fd: number): string {
  return readFileSync(`/proc/self/fd/${fd}`, 'latin1');
}

function begunTwice(journal: string): string[] {
  const begun = journal
    .split('\n')
    .filter((line) => line.split(' ')[1] === 'intent')
    .map((line) => line.split(' ')[0] ?? '');
  return [...new Set(begun.filter((call, index) => begun.indexOf(call) < index))];
}
