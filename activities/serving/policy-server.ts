import { z } from 'zod';
import { untilAborted } from '../agent/until-aborted.ts';
import { eachLine } from '../trainer/lines.ts';
import { ended, endPython, startPython, type TrainerPython } from '../trainer/python.ts';

/** A policy server that answers. */
export interface RunningServer {
  baseUrl: string;
  pid: number;
  /** Aborted when the process is gone. */
  died: AbortSignal;
  /** Ends it at once, for one that hangs. */
  kill(): Promise<void>;
}

/** The policy server of a worker: one process, whatever it serves. */
export interface PolicyServer {
  /** The running server; started where there is none. Rejects with its last words where it does not start. */
  open(signal: AbortSignal): Promise<RunningServer>;
  stop(): Promise<void>;
}

export interface PolicyServerOptions {
  python: TrainerPython;
  /** The address that it listens on and is reached by. */
  host: string;
  /** What it says on stderr. */
  onNoise?: (text: string) => void;
  /** One that is not ready by then is ended, in milliseconds. */
  readyMs?: number;
}

/** Less than after what its askers are taken for stuck: then nobody finds it still starting. */
const READY_MS = 150_000;

const DRAIN_SECONDS = 5;
const TAIL = 2000;
const readyLine = z.object({ event: z.literal('ready'), port: z.int(), pid: z.int() });

/** The server starts when it is first asked for, stays warm between stages, and starts again when it has died. */
export function createPolicyServer(options: PolicyServerOptions): PolicyServer {
  let server: { ready: Promise<RunningServer>; stop: () => Promise<void> } | undefined;

  function start() {
    const own = startServer(options, () => {
      if (server === own) server = undefined;
    });
    return own;
  }

  return {
    open(signal) {
      server ??= start();
      return untilAborted(server.ready, signal);
    },
    async stop() {
      await server?.stop();
    },
  };
}

function startServer({ python, host, onNoise, readyMs = READY_MS }: PolicyServerOptions, onEnd: () => void) {
  const args = ['--host', host, '--drain-seconds', String(DRAIN_SECONDS)];
  const child = startPython(python, { module: 'longhaul_trainer.server', args });
  const died = new AbortController();
  let lastWords = '';
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, readyMs);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-TAIL);
    onNoise?.(text);
  });
  const gone = ended(child).then(({ how }) => {
    clearTimeout(late);
    onEnd();
    const end = isLate ? `was not ready within ${readyMs / 1000} s` : how;
    died.abort(new Error(`the policy server ${end}`));
    throw new Error(`the policy server ${end}: ${lastWords.trim()}`);
  });
  gone.catch(() => undefined); // who waits for the server to be ready hears of it
  const announced = new Promise<RunningServer>((resolve) => {
    eachLine(child.stdout, (line) => {
      const { data } = readyLine.safeParse(parse(line));
      if (!data) return;
      clearTimeout(late);
      resolve({
        baseUrl: `http://${host}:${data.port}`,
        pid: data.pid,
        died: died.signal,
        kill() {
          // From here on it is gone for everyone: a connection that breaks before the process has ended is no news.
          onEnd();
          died.abort(new Error('the policy server hung and was ended'));
          return endPython(child, 0);
        },
      });
    });
  });
  const ready = Promise.race([announced, gone]);
  ready.catch(() => undefined);
  return { ready, stop: () => endPython(child, DRAIN_SECONDS * 1000 + 2000) };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // something else that was printed
  }
}
