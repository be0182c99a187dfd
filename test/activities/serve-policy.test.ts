import { readFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { createPolicyServing, type ServePolicyInput } from '../../activities/serve-policy.ts';
import { readAddress, type ServedAddress } from '../../activities/serving/address.ts';
import { servedVersion } from '../../activities/serving/admin-client.ts';
import { createPolicyServer } from '../../activities/serving/policy-server.ts';
import { createStudent } from '../../activities/policies/student.ts';
import { createFolderStore } from '../../activities/store.ts';
import { createTrainerJobs } from '../../activities/trainer-job.ts';
import type { TrainerPython } from '../../activities/trainer/python.ts';
import { createTrainers } from '../../activities/trainer/trainers.ts';
import { keys } from '../../core/names.ts';
import { studentSettings } from '../../core/student.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { initJob, pretendPython, trainerPython } from '../support/trainer.ts';

const root = temporaryFolder();
const store = createFolderStore(`${root}/store`);
const stops: (() => Promise<void>)[] = [];
let real: ReturnType<typeof worker>;

function worker(python: TrainerPython, limits: { readyMs?: number; hangingMs?: number } = {}) {
  const server = createPolicyServer({ python, host: '127.0.0.1', ...limits });
  stops.push(server.stop);
  const draining = new AbortController();
  const activities = createPolicyServing({ store, server, draining: draining.signal, checkEveryMs: 50, ...limits });
  const attempt = (input: ServePolicyInput) => {
    const environment = new MockActivityEnvironment();
    const beats: Partial<ServedAddress & { pid: number; restarts: number }>[] = [];
    environment.on('heartbeat', (details) => beats.push((details ?? {}) as (typeof beats)[number]));
    const result = environment.run<[ServePolicyInput], void, typeof activities.servePolicy>(
      activities.servePolicy,
      input,
    );
    result.catch(() => undefined);
    const cancel = (): void =>
      environment.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }));
    return { beats, result, cancel };
  };
  return { attempt, draining, server };
}

async function addressOf(checkpoint: string): Promise<ServedAddress> {
  await eventually(async () => (await readAddress(store, 'run', checkpoint)) !== undefined);
  return (await readAddress(store, 'run', checkpoint)) as ServedAddress;
}

const versionAt = ({ baseUrl, model }: ServedAddress) => servedVersion(baseUrl, model, AbortSignal.timeout(5000));

beforeAll(async () => {
  const python = await trainerPython();
  real = worker(python);
  const trainers = createTrainers(python);
  stops.push(trainers.stop);
  const devices = createDeviceAllocator({ devices: [], shared: [] });
  const { runJob } = createTrainerJobs({
    store,
    trainers,
    devices,
    draining: new AbortController().signal,
    politeMs: 0,
  });
  for (const name of ['one', 'two']) {
    const job = await initJob(store, 'run', name);
    await new MockActivityEnvironment().run(runJob, { ...job, stuckAfter: '60s', heartbeat: '10s' });
  }
});
afterAll(() => Promise.all(stops.map((stop) => stop())));

test('a checkpoint is served under its own name and version until its stage is over; the server stays warm for the next', async () => {
  const first = real.attempt({ run: 'run', checkpoint: 'one' });
  const one = await addressOf('one');
  expect(one).toMatchObject({ model: 'run/one', version: expect.stringMatching(/^one-[0-9a-f]{12}$/) as unknown });
  expect(await versionAt(one)).toBe(one.version);
  await eventually(() => first.beats.some(({ baseUrl }) => baseUrl === one.baseUrl));
  first.cancel();
  await expect(first.result).rejects.toThrow(CancelledFailure);
  expect(await store.exists(keys.serving('run', 'one'))).toBe(false);
  expect(await versionAt(one)).toBeUndefined();

  const second = real.attempt({ run: 'run', checkpoint: 'two' });
  expect((await addressOf('two')).baseUrl).toBe(one.baseUrl);
  second.cancel();
  await expect(second.result).rejects.toThrow(CancelledFailure);
});

test('while two need a checkpoint, the end of one does not take it from the other', async () => {
  const [first, second] = [1, 2].map(() => real.attempt({ run: 'run', checkpoint: 'one' }));
  if (!first || !second) throw new Error('two were started');
  await eventually(() => [first, second].every(({ beats }) => beats.some(({ baseUrl }) => baseUrl)));
  first.cancel();
  await expect(first.result).rejects.toThrow(CancelledFailure);
  const one = await addressOf('one');
  expect(await versionAt(one)).toBe(one.version);
  second.cancel();
  await expect(second.result).rejects.toThrow(CancelledFailure);
  expect(await versionAt(one)).toBeUndefined();
});

test('a server that died is started again, and serves all that it served', async () => {
  const both = ['one', 'two'].map((checkpoint) => real.attempt({ run: 'run', checkpoint }));
  const before = await addressOf('one');
  await addressOf('two');
  const pid = (await real.server.open(AbortSignal.timeout(1000))).pid;
  process.kill(pid, 'SIGKILL');
  await eventually(() => both.every(({ beats }) => beats.some(({ restarts }) => restarts === 1)));
  const [one, two] = [await addressOf('one'), await addressOf('two')];
  expect(one.version).toBe(before.version);
  expect([await versionAt(one), await versionAt(two)]).toEqual([one.version, two.version]);
  for (const { cancel, result } of both) {
    cancel();
    await expect(result).rejects.toThrow(CancelledFailure);
  }
});

test('a model that somebody unloaded is loaded again', async () => {
  const serving = real.attempt({ run: 'run', checkpoint: 'one' });
  const one = await addressOf('one');
  await fetch(`${one.baseUrl}/v1/unload_model`, { method: 'POST', body: JSON.stringify({ name: one.model }) });
  await eventually(async () => (await versionAt(one)) === one.version);
  serving.cancel();
  await expect(serving.result).rejects.toThrow(CancelledFailure);
});

test('a student plays on through the death of its server, and its turns are those it would have made', async () => {
  const serving = real.attempt({ run: 'run', checkpoint: 'one' });
  const windows = { maxTokens: 200, overlap: 20, reserve: 40 };
  const settings = studentSettings.parse({ windows, sampling: { maxTokens: 8 } });
  const student = createStudent({ settings, store, run: 'run', checkpoint: 'one', seed: 1 });
  const request = { rollout: 'run.evaluate-one.heldout.t.0', instructions: 'reproduce each experiment', turns: [] };
  const { version } = await addressOf('one');
  const signal = AbortSignal.timeout(60_000);
  const before = await student.nextTurn(request, signal);
  expect(before.policyVersion).toBe(version);
  expect(before.tokenIds?.length).toBe(before.logProbs?.length);
  process.kill((await real.server.open(signal)).pid, 'SIGKILL');
  const after = await student.nextTurn(request, signal);
  expect(after.waitedSeconds).toBeGreaterThan(0);
  expect(after.tokenIds).toEqual(before.tokenIds);
  serving.cancel();
  await expect(serving.result).rejects.toThrow(CancelledFailure);
});

test('a checkpoint without its manifest does not exist, and is not tried again', async () => {
  const { result } = real.attempt({ run: 'run', checkpoint: 'three' });
  await expect(result).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
});

test('what the server refuses to load is not tried again, and the sentence is the server’s', async () => {
  await store.writeJson(`${keys.checkpoint('run', 'broken')}/manifest.json`, {});
  await store.writeJson(`${keys.checkpoint('run', 'broken')}/config.json`, { model_type: 'nothing' });
  const { result } = real.attempt({ run: 'run', checkpoint: 'broken' });
  await expect(result).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('is not served: ') as unknown,
  });
});

test('a worker that is asked to stop takes its address back, and the attempt is tried elsewhere at once', async () => {
  const serving = real.attempt({ run: 'run', checkpoint: 'two' });
  await addressOf('two');
  real.draining.abort();
  await expect(serving.result).rejects.toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
  expect(await store.exists(keys.serving('run', 'two'))).toBe(false);
});

test('a server that does not start fails the attempt with its last words', async () => {
  const broken = worker(await pretendPython(`${root}/broken`, 'raise SystemExit("no such library")'));
  const { result } = broken.attempt({ run: 'run', checkpoint: 'one' });
  await expect(result).rejects.toThrow('the policy server ended with 1: no such library');
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const ACCEPTS_AND_SAYS_NOTHING = `
import json, os, socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"event": "ready", "port": listener.getsockname()[1], "pid": os.getpid()}), flush=True)
time.sleep(600)
`;

test('a server that hangs while it should load is ended, and the next one is another', async () => {
  const hanging = worker(await pretendPython(`${root}/hanging`, ACCEPTS_AND_SAYS_NOTHING), { hangingMs: 200 });
  const pidNow = async () => (await hanging.server.open(AbortSignal.timeout(5000))).pid;
  const serving = hanging.attempt({ run: 'run', checkpoint: 'one' });
  const first = await pidNow();
  await eventually(async () => (await pidNow()) !== first);
  await eventually(() => !isThere(first));
  serving.cancel();
  await expect(serving.result).rejects.toThrow(CancelledFailure);
});

test('a server that never says that it is ready is ended, and the next attempt starts another', async () => {
  const started = `${root}/started`;
  const program = `import os, time\nopen(${JSON.stringify(started)}, "a").write(f"{os.getpid()}\\n")\ntime.sleep(600)`;
  const slow = worker(await pretendPython(`${root}/slow`, program), { readyMs: 3000 });
  for (const count of [1, 2]) {
    const { result } = slow.attempt({ run: 'run', checkpoint: 'one' });
    await expect(result).rejects.toThrow('the policy server was not ready within 3 s');
    const pids = readFileSync(started, 'utf8').trim().split('\n').map(Number);
    expect(new Set(pids).size).toBe(count);
    expect(pids.filter(isThere)).toEqual([]);
  }
});
