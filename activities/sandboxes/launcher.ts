import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createPending, Disconnected, lineReader, parseAnswer, type Pending } from './answers.ts';
import { packageRoot } from './package-root.ts';
import { findPython } from './python.ts';

/** The process that forks supervisors. It is started when first needed and ends itself when idle or with this process. */
export interface Launcher {
  ask(request: Record<string, unknown>): Promise<unknown>;
}

interface Running {
  child: ChildProcess;
  pending: Pending;
}

// The worker's own environment, with its keys, does not reach a process beside an agent's.
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

export function createLauncher(python?: string): Launcher {
  let running: Promise<Running> | null = null;
  let count = 0;
  const forget = (): void => {
    running = null;
  };

  async function askOnce(request: Record<string, unknown>): Promise<unknown> {
    running ??= findPython(python).then((path) => launch(path, forget));
    const { child, pending } = await running.catch((error: unknown) => {
      forget();
      throw error;
    });
    count += 1;
    const answer = pending.wait(count);
    refer(child, true);
    child.stdin!.write(`${JSON.stringify({ n: count, ...request })}\n`);
    return answer.finally(() => refer(child, pending.size > 0));
  }

  return {
    async ask(request) {
      try {
        return await askOnce(request);
      } catch (error) {
        // It may have ended itself, idle, just when it was asked; what is asked for is harmless to ask twice.
        if (error instanceof Disconnected) return askOnce(request);
        throw error;
      }
    },
  };
}

function launch(python: string, ended: () => void): Running {
  const script = join(packageRoot(), 'activities/sandboxes/supervisor/launcher.py');
  const child = spawn(python, ['-I', '-S', '-B', script], {
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const pending = createPending();
  child.stdout.on(
    'data',
    lineReader((line) => {
      const answer = parseAnswer(line);
      if (answer) pending.settle(answer);
      else child.kill('SIGKILL'); // `close` tells who waits
    }),
  );
  const lost = (why: string): void => {
    ended();
    pending.lost(why);
  };
  child.on('close', () => lost('the launcher has ended'));
  child.on('error', (error) => lost(error.message));
  child.stdin.on('error', () => child.kill()); // it has closed its end: `close` tells who waits
  refer(child, false);
  return { child, pending };
}

/** Keeps this process alive for the launcher only while an answer is awaited. */
function refer(child: ChildProcess, needed: boolean): void {
  const parts = [child, child.stdin, child.stdout] as unknown as { ref(): void; unref(): void }[];
  for (const part of parts) {
    if (needed) part.ref();
    else part.unref();
  }
}
