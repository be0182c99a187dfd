import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { seconds } from '../core/duration.ts';
import { checkpointManifest, JOB_EXIT, type CheckpointManifest, type JobLine } from '../core/job.ts';
import { keys } from '../core/names.ts';
import { withHeartbeat, type Beat } from './agent/heartbeat.ts';
import { WAITS_FOR_DEVICES } from './agent/wait-for-devices.ts';
import { invalidInput, leaseLost, workerShutdown } from './failures.ts';
import type { DeviceAllocator } from './sandboxes/devices.ts';
import type { DeviceSet } from './sandboxes/sandbox.ts';
import type { Store } from './store.ts';
import { jobId, writeJobFolder, type NamedJob } from './trainer/folder.ts';
import { createTurnstile } from './trainer/one-at-a-time.ts';
import { openLineLog, parseJobLine } from './trainer/progress.ts';
import type { Trainers } from './trainer/trainers.ts';
import type { JobEnd } from './trainer/warm.ts';

export interface TrainerJobInput extends NamedJob {
  /** Devices of one job; 1 where the machine has some and nothing is said. A machine without any uses its CPU. */
  gpus?: number;
  /** A job whose step counter stands still this long is killed and tried again. */
  stuckAfter: string;
  heartbeat: string;
}

export interface JobResult {
  step: number;
  /** As the manifest has them. */
  metrics: Record<string, number>;
  seconds: number;
  manifestSha256: string;
  tokens: number;
}

export interface TrainerJobDependencies {
  store: Store;
  trainers: Trainers;
  devices: DeviceAllocator;
  /** Aborted when this worker is asked to stop: the job saves its state and another worker goes on. */
  draining: AbortSignal;
  /** What a trainer that is to end may take to save its state. */
  politeMs: number;
}

/**
 * The activity that does a trainer's job. Done again, it goes on from the saved state, or answers at once where the checkpoint
 * has its manifest.
 */
export function createTrainerJobs(deps: TrainerJobDependencies) {
  const turnstile = createTurnstile();

  async function runJob(input: TrainerJobInput): Promise<JobResult> {
    const options = { heartbeatMs: seconds(input.heartbeat) * 1000, stuckMs: seconds(input.stuckAfter) * 1000 };
    return withHeartbeat(options, (beat) =>
      turnstile(jobId(input), (replaced) => {
        const signal = AbortSignal.any([beat.signal, replaced, deps.draining]);
        return attempt(deps, input, { beat, replaced, signal });
      }),
    );
  }

  return { runJob };
}

interface Leash {
  beat: Beat;
  /** Aborted when a newer attempt at the same job is here. */
  replaced: AbortSignal;
  /** Any of the reasons to end the job. */
  signal: AbortSignal;
}

async function attempt(deps: TrainerJobDependencies, input: TrainerJobInput, leash: Leash): Promise<JobResult> {
  const began = performance.now();
  const { folder, steps } = await writeJobFolder(deps.store, input);
  try {
    const { end, problem } = await train(deps, { input, folder, leash });
    if (end.code === JOB_EXIT.done) return await resultOf(deps.store, { input, steps, began });
    leash.signal.throwIfAborted();
    throw failureOf(jobId(input), end, problem);
  } catch (error) {
    if (leash.signal.aborted) await leave(deps, leash);
    throw error;
  }
}

interface Training {
  input: TrainerJobInput;
  folder: string;
  leash: Leash;
}

/** Runs the trainer's process on devices of its own. */
async function train(deps: TrainerJobDependencies, training: Training) {
  const { input, leash } = training;
  const count = deps.devices.total === 0 ? 0 : (input.gpus ?? 1);
  const onWait = (): void => leash.beat.progress({ job: jobId(input), ...WAITS_FOR_DEVICES });
  const devices = await deps.devices.acquire(count, leash.signal, { onWait });
  try {
    return await trainOn(devices, deps, training);
  } finally {
    deps.devices.release(devices);
  }
}

/** Its lines are heartbeats and go to the job's log, what it says on stderr to another. */
async function trainOn(devices: DeviceSet, deps: TrainerJobDependencies, { input, folder, leash }: Training) {
  const { beat, signal } = leash;
  const lines = await openLineLog(deps.store.path(keys.jobProgress(input.run, input.name)));
  const noise = await openLineLog(`${folder}/stderr.log`);
  let problem: string | undefined;
  let last = -1;
  const note = (line: JobLine | undefined): void => {
    if (line?.type === 'error') problem = line.message;
    const advances =
      line?.type === 'started' || line?.type === 'done' || (line?.type === 'progress' && line.step > last);
    if (!advances) return;
    last = line.step;
    beat.progress({ job: jobId(input), ...pick(line, 'step', 'steps', 'loss', 'tokensPerSecond') });
  };
  const onLine = (text: string): void => {
    lines.append(`${text}\n`);
    note(parseJobLine(text));
  };
  try {
    const context = Context.current();
    const politeMs = (): number => (leash.replaced.aborted || !maySave(deps, context) ? 0 : deps.politeMs);
    const run = { folder, devices: devices.ids, onLine, onNoise: noise.append, signal, politeMs };
    return { end: await deps.trainers.run(run), problem };
  } finally {
    await lines.close();
    await noise.close();
  }
}

/** Whether the job will be gone on with: then its state is worth the seconds that saving takes. */
function maySave(deps: TrainerJobDependencies, { cancellationDetails }: Context): boolean {
  if (deps.draining.aborted) return true;
  return Boolean(cancellationDetails?.paused || cancellationDetails?.reset || cancellationDetails?.workerShutdown);
}

function pick(line: JobLine, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line).filter(([name]) => names.includes(name)));
}

/** Ends this attempt by the reason why its job was ended. */
async function leave(deps: TrainerJobDependencies, { beat, replaced, signal }: Leash): Promise<void> {
  const context = Context.current();
  if (context.cancellationSignal.aborted) await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
  if (beat.signal.aborted) throw beat.signal.reason;
  if (replaced.aborted) throw leaseLost(new Error('a newer attempt at this job has begun'));
  if (deps.draining.aborted) throw workerShutdown('the worker is being stopped');
  throw signal.reason;
}

function failureOf(id: string, end: JobEnd, problem: string | undefined): ApplicationFailure {
  const message = `job ${id}: ${problem ?? `the trainer ${end.how}`}`;
  if (end.code === JOB_EXIT.badInput) return invalidInput(message);
  return ApplicationFailure.create({ type: 'TrainerFailed', message });
}

interface Done {
  input: TrainerJobInput;
  steps: number;
  began: number;
}

/** An exit code is not proof of success: the manifest must be there, be this job's, and count the steps that were asked for. */
async function resultOf(store: Store, { input, steps, began }: Done): Promise<JobResult> {
  const bytes = await store.read(`${keys.checkpoint(input.run, input.name)}/manifest.json`);
  const manifest: CheckpointManifest = checkpointManifest.parse(JSON.parse(bytes.toString()));
  const { step, metrics } = manifest;
  if (manifest.job !== jobId(input) || step !== steps) {
    throw invalidInput(
      `job ${jobId(input)} was to do ${steps} steps, but the checkpoint is of job ${manifest.job} at step ${step}`,
    );
  }
  return {
    step,
    metrics,
    seconds: metrics['seconds'] ?? (performance.now() - began) / 1000,
    manifestSha256: createHash('sha256').update(bytes).digest('hex'),
    tokens: metrics['tokens'] ?? 0,
  };
}
