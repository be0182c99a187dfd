import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createPending, Disconnected, lineReader, parseAnswer, type Pending } from './answers.ts';
import { packageRoot } from './package-root.ts';
import { findPython } from './python.ts';
import { withTimeout } from './time-limit.ts';

/** How long the removal of a sandbox may take. */
export const DESTROY_MS = 60_000;

/** What is asked of the launcher: to open, destroy or sweep. */
type LauncherRequest = { op: string } & Record<string, unknown>;

/** The process that forks supervisors. It is started when first needed and ends itself when idle or with this process. */
export interface Launcher {
  /** The answer, or SandboxLost when none has come after `ms`. */
  ask(request: LauncherRequest, ms: number): Promise<unknown>;
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

  async function askOnce(request: LauncherRequest): Promise<unknown> {
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
    async ask(request, ms) {
      let waits = true;
      const asked = askOnce(request).catch((error: unknown) => {
        // It may have ended itself, idle, just when it was asked; what is asked for is harmless to ask twice. Not once nobody waits
        // for it any more: a sandbox would be opened that nobody closes, or one destroyed that another has opened since.
        if (error instanceof Disconnected && waits) return askOnce(request);
        throw error;
      });
      try {
        return await withTimeout(asked, ms, request.op);
      } finally {
        waits = false;
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
