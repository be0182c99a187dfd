import { z } from 'zod';
import { eachLine } from './lines.ts';
import { endPython, ended, startPython, type TrainerPython } from './python.ts';

/** A job for a trainer process. */
export interface JobRun {
  /** The folder with `job.json`, as an absolute path. */
  folder: string;
  /** The devices it trains on, as CUDA_VISIBLE_DEVICES names them; none for the CPU. */
  devices: readonly string[];
  onLine(line: string): void;
  /** What the process says on stderr. */
  onNoise(text: string): void;
  /** Ends the job's process. */
  signal: AbortSignal;
  /** How long a process that is to end may take to save its state; asked when the signal is aborted. */
  politeMs(): number;
}

/** How a job ended: the trainer's exit code, and a sentence's end for a person. */
export interface JobEnd {
  code: number;
  how: string;
}

/** A process that has torch loaded and does one job after the other. */
export interface Warm {
  devices: string;
  /** Whether it can take a job. */
  idle(): boolean;
  run(job: JobRun): Promise<JobEnd>;
  stop(): Promise<void>;
}

const exitLine = z.object({ type: z.literal('exit'), code: z.int() });
const LEFT_OUT = new Set(['ready', 'exit']);

/** Starts one; `onEnd` when it is gone. A job that has to be ended takes the process with it: the next job has a new one. */
export function startWarm(python: TrainerPython, devices: readonly string[], onEnd: (warm: Warm) => void): Warm {
  const child = startPython(python, { module: 'longhaul_trainer.warm', devices });
  const gone = ended(child);
  let current: { job: JobRun; finish: (end: JobEnd) => void } | undefined;
  /** Whose noise it is: what a job said may be read after its last line. */
  let latest: JobRun | undefined;
  let closing = false;

  eachLine(child.stdout, (line) => {
    const said = parse(line);
    const exit = exitLine.safeParse(said);
    if (exit.success) current?.finish({ code: exit.data.code, how: `ended with ${exit.data.code}` });
    else if (!LEFT_OUT.has(said?.type ?? '')) current?.job.onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => latest?.onNoise(text));

  async function run(job: JobRun): Promise<JobEnd> {
    job.signal.throwIfAborted();
    const end = new Promise<JobEnd>((resolve) => (current = { job, finish: resolve }));
    latest = job;
    const leave = (): void => {
      closing = true;
      void endPython(child, job.politeMs());
    };
    job.signal.addEventListener('abort', leave, { once: true });
    child.stdin.write(`${job.folder}\n`);
    try {
      const first = await Promise.race([end, gone]);
      if (!job.signal.aborted) return first;
      await gone; // nothing of a job that was ended is at work when this returns
      return first;
    } finally {
      current = undefined;
      job.signal.removeEventListener('abort', leave);
    }
  }

  const warm: Warm = {
    devices: devices.join(','),
    idle: () => current === undefined && !closing,
    run,
    stop: () => endPython(child, 0),
  };
  void (async () => {
    await gone;
    closing = true;
    onEnd(warm);
  })();
  return warm;
}

function parse(line: string): { type?: string } | undefined {
  try {
    return JSON.parse(line) as { type?: string };
  } catch {
    return undefined; // something printed: it goes where the job's lines go, and is left out there
  }
}
