import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BACKOFF, backoffMs, type Backoff } from './backoff.ts';
import { launch, stop, type Ended } from './launch.ts';
import { nameOf, type ProcessSpec } from './process-spec.ts';

export interface SupervisorOptions {
  /** Folders for `<pool>.<n>.pid` and `<pool>.<n>.log`. */
  pids: string;
  logs: string;
  graceMs: number;
  backoff?: Backoff;
  /** Told of every start, and of every end that nobody asked for. */
  onEvent?: (event: SupervisorEvent) => void;
}

export type SupervisorEvent =
  { type: 'started'; process: string; pid: number } | ({ type: 'ended'; process: string; restartInMs: number } & Ended);

export interface Supervisor {
  /** Keeps a process running from now on. */
  keep(spec: ProcessSpec): void;
  /** Ends what it keeps, the dev server last. */
  stop(): Promise<void>;
}

/** The dev server's name among the pools. */
export const SERVER_POOL = 'temporal';

interface Kept {
  pool: string;
  end(): Promise<void>;
}

/** Starts a dead process again, with growing delays while it keeps dying. Kills nothing that it has not started. */
export function supervise(options: SupervisorOptions): Supervisor {
  mkdirSync(options.pids, { recursive: true });
  mkdirSync(options.logs, { recursive: true });
  const kept: Kept[] = [];
  return {
    keep: (spec) => void kept.push(keepRunning(spec, options)),
    async stop() {
      // Workers report to the server as they end: it goes last.
      await Promise.all(kept.filter((one) => one.pool !== SERVER_POOL).map((one) => one.end()));
      await Promise.all(kept.filter((one) => one.pool === SERVER_POOL).map((one) => one.end()));
    },
  };
}

function keepRunning(spec: ProcessSpec, options: SupervisorOptions): Kept {
  const stopping = new AbortController();
  let current: ReturnType<typeof launch> | undefined;
  const pidFile = join(options.pids, `${nameOf(spec)}.pid`);

  async function loop(): Promise<void> {
    const backoff = options.backoff ?? BACKOFF;
    for (let failures = 0; !stopping.signal.aborted;) {
      const begun = Date.now();
      current = launch(spec, join(options.logs, `${nameOf(spec)}.log`));
      noteStart(current.child.pid);
      const ended = await current.ended;
      rmSync(pidFile, { force: true });
      if (stopping.signal.aborted) return;
      failures = Date.now() - begun > backoff.healthyMs ? 1 : failures + 1;
      const restartInMs = backoffMs(backoff, failures);
      options.onEvent?.({ type: 'ended', process: nameOf(spec), restartInMs, ...ended });
      await delay(restartInMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  function noteStart(pid: number | undefined): void {
    if (pid === undefined) return;
    writeFileSync(pidFile, `${pid}\n`);
    options.onEvent?.({ type: 'started', process: nameOf(spec), pid });
  }

  const running = loop();
  return {
    pool: spec.pool,
    async end() {
      stopping.abort();
      if (current) await stop(current, options.graceMs);
      await running;
    },
  };
}
