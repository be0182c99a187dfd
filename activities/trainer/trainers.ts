import { eachLine } from './lines.ts';
import { ended, endPython, startPython, type TrainerPython } from './python.ts';
import { startWarm, type JobEnd, type JobRun, type Warm } from './warm.ts';

/** The trainer processes of a worker. */
export interface Trainers {
  /** Does a job; rejects only where it is aborted before it began. */
  run(job: JobRun): Promise<JobEnd>;
  /** Ends every process; jobs in flight end with "try again". */
  stop(): Promise<void>;
}

/**
 * Jobs run in warm processes, since importing torch takes longer than many jobs: one for each set of devices in use, started
 * with the first job and again when it has died. A job on several devices has processes of its own.
 */
export function createTrainers(python: TrainerPython): Trainers {
  const warms = new Set<Warm>();

  function warmFor(devices: readonly string[]): Warm {
    const idle = [...warms].find((warm) => warm.devices === devices.join(',') && warm.idle());
    const warm = idle ?? startWarm(python, devices, (gone) => warms.delete(gone));
    warms.add(warm);
    return warm;
  }

  return {
    run: (job) => (job.devices.length > 1 ? runSpread(python, job) : warmFor(job.devices).run(job)),
    async stop() {
      await Promise.all([...warms].map((warm) => warm.stop()));
    },
  };
}

/** One process for each device, as torchrun has it. */
async function runSpread(python: TrainerPython, job: JobRun): Promise<JobEnd> {
  job.signal.throwIfAborted();
  const args = [job.folder, '--processes', String(job.devices.length)];
  const child = startPython(python, { module: 'longhaul_trainer', args, devices: job.devices });
  const gone = ended(child);
  const leave = (): void => void endPython(child, job.politeMs());
  job.signal.addEventListener('abort', leave, { once: true });
  eachLine(child.stdout, job.onLine);
  child.stderr.setEncoding('utf8').on('data', job.onNoise);
  try {
    return await gone;
  } finally {
    job.signal.removeEventListener('abort', leave);
  }
}
