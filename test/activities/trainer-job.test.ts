import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { createFolderStore } from '../../activities/store.ts';
import { createTrainerJobs, type JobResult, type TrainerJobInput } from '../../activities/trainer-job.ts';
import type { NamedJob } from '../../activities/trainer/folder.ts';
import { readProgress } from '../../activities/trainer/progress.ts';
import type { TrainerPython } from '../../activities/trainer/python.ts';
import { createTrainers } from '../../activities/trainer/trainers.ts';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { drillJob, initJob, pretendPython, trainerPython } from '../support/trainer.ts';

const root = temporaryFolder();
const store = createFolderStore(`${root}/store`);
const stops: (() => Promise<void>)[] = [];
let real: ReturnType<typeof worker>;
let init: NamedJob;

/** One worker's activities. */
function worker(python: TrainerPython) {
  const draining = new AbortController();
  const trainers = createTrainers(python);
  stops.push(trainers.stop);
  const devices = createDeviceAllocator({ devices: [], shared: [] });
  const activities = createTrainerJobs({ store, trainers, devices, draining: draining.signal, politeMs: 10_000 });
  const attempt = (job: NamedJob, stuckAfter = '60s') => {
    const environment = new MockActivityEnvironment();
    const beats: { step?: number }[] = [];
    environment.on('heartbeat', (details) => beats.push((details ?? {}) as { step?: number }));
    const input: TrainerJobInput = { ...job, stuckAfter, heartbeat: '1s' };
    const result = environment.run<[TrainerJobInput], JobResult, typeof activities.runJob>(activities.runJob, input);
    result.catch(() => undefined);
    return { environment, beats, result };
  };
  return { attempt, draining };
}

const manifestOf = ({ run, name }: NamedJob): string => store.path(`${keys.checkpoint(run, name)}/manifest.json`);
const stepsOf = async ({ run, name }: NamedJob): Promise<number[]> =>
  (await readProgress(store.path(keys.jobProgress(run, name)))).map(({ step }) => step);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Processes of this test whose command line has these words. */
const processes = (): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
const warmProcesses = (): number[] =>
  processes().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('longhaul_trainer.warm'));

beforeAll(async () => {
  real = worker(await trainerPython());
  init = await initJob(store, 'run');
  await real.attempt(init).result;
});
afterAll(() => Promise.all(stops.map((stop) => stop())));

test('a job leaves a checkpoint whose manifest counts the steps that were asked for, and one record for each step', async () => {
  const job = { ...(await drillJob(store, init, 4)), name: 'quiet' };
  const { result, beats } = real.attempt(job);
  const { step, tokens, metrics, manifestSha256 } = await result;
  expect({ step, tokens }).toEqual({ step: 4, tokens: metrics['tokens'] });
  expect(tokens).toBeGreaterThan(100);
  expect(manifestSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(readFileSync(manifestOf(job), 'utf8'))).toMatchObject({ job: 'run.quiet', kind: 'sft', step: 4 });
  expect(await stepsOf(job)).toEqual(upTo(4));
  expect(beats.map(({ step }) => step)).toContain(4);
});

test('done again it answers at once with the same result, and trains nothing', async () => {
  const job = { ...(await drillJob(store, init, 2)), name: 'twice' };
  const first = await real.attempt(job).result;
  expect(await real.attempt(job).result).toEqual(first);
  expect(await stepsOf(job)).toEqual(upTo(2));
});

test('a job whose process is killed fails in a way that is tried again, and the next attempt goes on from its saved state', async () => {
  const job = { ...(await drillJob(store, init, 100)), name: 'killed' };
  const { result, beats } = real.attempt(job);
  await eventually(() => beats.some(({ step = 0 }) => step >= 6));
  for (const pid of warmProcesses()) process.kill(pid, 'SIGKILL');
  await expect(result).rejects.toMatchObject({ type: 'TrainerFailed', nonRetryable: false });
  expect(existsSync(manifestOf(job))).toBe(false);
  const again = real.attempt(job);
  expect(await again.result).toMatchObject({ step: 100 });
  expect(again.beats.find(({ step }) => step !== undefined)?.step).toBeGreaterThanOrEqual(5);
  expect(await stepsOf(job)).toEqual(upTo(100));
});

test('bad input is not tried again, and the sentence is the trainer’s', async () => {
  const job = { ...(await drillJob(store, init, 2)), name: 'orphan', parent: 'nowhere' };
  await expect(real.attempt(job).result).rejects.toMatchObject({
    type: 'InvalidInput',
    nonRetryable: true,
    message: expect.stringContaining('there is no checkpoint in') as unknown,
  });
});

test('what the contract refuses does not reach the trainer, and neither does a dataset without its manifest', async () => {
  const job = await drillJob(store, init, 2);
  const wrong = { ...job, name: 'wrong', job: { ...job.job, steps: -1 } };
  await expect(real.attempt(wrong).result).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  const absent = { ...job, name: 'absent', dataset: 'absent' };
  await expect(real.attempt(absent).result).rejects.toThrow('there is no dataset runs/run/datasets/absent');
});

test('a cancelled job is killed, and ends as cancelled', async () => {
  const job = { ...(await drillJob(store, init, 100_000)), name: 'cancelled' };
  const { result, beats, environment } = real.attempt(job);
  await eventually(() => beats.some(({ step = 0 }) => step >= 1));
  environment.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }));
  await expect(result).rejects.toThrow(CancelledFailure);
  expect(warmProcesses()).toEqual([]);
});

test('a newer attempt at a job takes it over from one that does not know that it was given up', async () => {
  const job = { ...(await drillJob(store, init, 100)), name: 'zombie' };
  const zombie = real.attempt(job);
  await eventually(() => zombie.beats.some(({ step = 0 }) => step >= 1));
  const next = real.attempt(job);
  await expect(zombie.result).rejects.toMatchObject({ type: 'LeaseLost' });
  expect(await next.result).toMatchObject({ step: 100 });
  expect(await stepsOf(job)).toEqual(upTo(100));
});

test('when its worker is asked to stop, a job saves its state and the next worker goes on from there', async () => {
  const first = worker(await trainerPython());
  const job = { ...(await drillJob(store, init, 100)), name: 'drained' };
  const { result, beats } = first.attempt(job);
  await eventually(() => beats.some(({ step = 0 }) => step >= 1));
  first.draining.abort();
  await expect(result).rejects.toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
  const saved = (await stepsOf(job)).at(-1) ?? 0;
  const again = real.attempt(job);
  expect(await again.result).toMatchObject({ step: 100 });
  expect(again.beats.find(({ step }) => step !== undefined)?.step).toBe(saved);
});

test('a job whose step counter stands still is killed as NoProgress, however much it says', async () => {
  const program = `
import json, sys, time
print(json.dumps({"type": "ready", "pid": 1}), flush=True)
sys.stdin.readline()
while True:
    print(json.dumps({"type": "progress", "job": "j", "step": 7, "steps": 9, "loss": 1, "tokensPerSecond": 1, "lr": 1, "gradNorm": 1}), flush=True)
    time.sleep(0.1)
`;
  const stuck = worker(await pretendPython(`${root}/stuck`, program));
  const { result } = stuck.attempt({ ...init, name: 'stuck' }, '1s');
  await expect(result).rejects.toMatchObject({
    type: 'NoProgress',
    message: expect.stringContaining('"step":7') as unknown,
  });
});

test('exit 0 is not proof of success: a manifest of another step is refused', async () => {
  const program = `
import json, sys
folder = sys.stdin.readline().strip()
print(json.dumps({"type": "exit", "directory": folder, "code": 0}), flush=True)
sys.stdin.readline()
`;
  const liar = worker(await pretendPython(`${root}/liar`, program));
  const job = { ...(await drillJob(store, init, 5)), name: 'lied' };
  await expect(liar.attempt(job).result).rejects.toThrow('ENOENT');
  const manifest = JSON.parse(readFileSync(manifestOf(init), 'utf8')) as object;
  await store.writeJson(`${keys.checkpoint('run', 'lied')}/manifest.json`, { ...manifest, job: 'run.lied' });
  await expect(liar.attempt(job).result).rejects.toMatchObject({
    type: 'InvalidInput',
    message: 'job run.lied was to do 5 steps, but the checkpoint is of job run.lied at step 0',
  });
});

test('a worker that stops leaves no trainer behind, and neither does one that is killed', async () => {
  const python = await trainerPython();
  await Promise.all(stops.map((stop) => stop()));
  expect(warmProcesses()).toEqual([]);
  const script = `
    const { file, args, environment } = ${JSON.stringify(python)};
    const attached = [...args.slice(0, 2), String(process.pid), 'longhaul_trainer.warm'];
    const child = require('node:child_process').spawn(file, attached, { env: environment });
    child.stdout.on('data', () => process.stdout.write(child.pid + '\\n'));
  `;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('a job whose log cannot be opened gives its devices back', async () => {
  const devices = createDeviceAllocator({ devices: [{ id: '0', path: '/dev/fake0' }], shared: [] });
  const trainers = { run: () => Promise.reject(new Error('nothing is to be run')), stop: async () => undefined };
  const draining = new AbortController().signal;
  const { runJob } = createTrainerJobs({ store, trainers, devices, draining, politeMs: 0 });
  const job = await initJob(store, 'run', 'without-log');
  // A log cannot be opened where its folder is a file.
  const log = keys.jobProgress(job.run, job.name);
  const inTheWay = {
    ...store,
    path: (key: string) => store.path(key === log ? `${keys.job('run', 'without-log')}/job.json/log` : key),
  };
  const broken = createTrainerJobs({ store: inTheWay, trainers, devices, draining, politeMs: 0 });
  const run = ({ runJob: activity }: typeof broken) =>
    new MockActivityEnvironment().run(activity, { ...job, stuckAfter: '60s', heartbeat: '10s' });
  await expect(run(broken)).rejects.toThrow('job.json');
  devices.release(await devices.acquire(1, AbortSignal.timeout(1000)));
  await expect(run({ runJob })).rejects.toThrow('nothing is to be run');
  devices.release(await devices.acquire(1, AbortSignal.timeout(1000)));
});

test('a job that waits for a device that another holds says so, and is not stuck', async () => {
  const devices = createDeviceAllocator({ devices: [{ id: '0', path: '/dev/fake0' }], shared: [] }, { lookMs: 5 });
  const trainers = { run: () => Promise.reject(new Error('it has begun')), stop: async () => undefined };
  const { runJob } = createTrainerJobs({
    store,
    trainers,
    devices,
    draining: new AbortController().signal,
    politeMs: 0,
  });
  const set = await devices.acquire(1);
  const environment = new MockActivityEnvironment();
  const beats: { state?: string }[] = [];
  environment.on('heartbeat', (details) => beats.push(details as object));
  const job = await initJob(store, 'run', 'waits');
  const began = performance.now();
  const ended = environment.run(runJob, { ...job, stuckAfter: '1s', heartbeat: '1s' });
  await Promise.race([ended, eventually(() => performance.now() - began > 1500 && beats.length > 4)]);
  expect(beats.at(-1)).toMatchObject({ state: 'waits-for-devices' });
  devices.release(set);
  await expect(ended).rejects.toThrow('it has begun');
});
