import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { homePaths } from '../../config/home.ts';
import { withLock } from '../bootstrap/lock.cjs';
import { isSameProcess, markOf } from '../bootstrap/process-mark.cjs';
import { UserError } from '../user-error.ts';

const running = z.object({
  /** The process that supervises this home: see cli/bootstrap/process-mark.cjs. */
  mark: z.string(),
  command: z.string(),
  /** Where its server answers, once it does. */
  temporal: z.string().optional(),
  ui: z.string().optional(),
});
/** `running.json`: who supervises a home, and where its server is. */
export type Running = z.infer<typeof running>;

export interface Claim {
  /** Tells others where the server is. */
  announce(server: { temporal: string; ui: string }): void;
  release(): void;
}

/** Takes a home for this process; refused while another one has it. */
export async function claimHome(home: string, command: string): Promise<Claim> {
  mkdirSync(home, { recursive: true });
  const file = homePaths(home).running;
  const mine: Running = { mark: markOf(process.pid), command };
  await withLock(join(home, 'claim.lock'), () => {
    const other = whoRuns(home);
    if (other) throw alreadyRunning(home, other);
    write(file, mine);
  });
  return {
    announce: (server) => write(file, { ...mine, ...server }),
    release: () => rmSync(file, { force: true }),
  };
}

/** Who supervises a home now; undefined where nobody does. */
export function whoRuns(home: string): Running | undefined {
  try {
    const found = running.parse(JSON.parse(readFileSync(homePaths(home).running, 'utf8')));
    return isSameProcess(found.mark) ? found : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function alreadyRunning(home: string, { command, mark }: Running): UserError {
  const pid = Number.parseInt(mark, 10);
  return new UserError(
    `\`npm ${command === 'start' ? 'start' : `run ${command}`}\` (process ${pid}) is running in ${home} already: stop it (kill ${pid}), or choose another home by LONGHAUL_HOME`,
  );
}

function write(file: string, content: Running): void {
  writeFileSync(`${file}.aside`, JSON.stringify(content));
  renameSync(`${file}.aside`, file);
}
