import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { summarise, type JudgeInput } from '../../activities/judge.ts';
import type { RolloutInput } from '../../workflows/rollout.ts';
import { poolQueue } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { startDevServer } from '../support/dev-server.ts';
import { testServer } from '../support/server.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Of several partitions each is in order by itself, and all together only by chance. */
const ONE_PARTITION = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];

/** One judge for all: what it grades first, and what it grades next, is the order of its queue. */
let server: Awaited<ReturnType<typeof startDevServer>>;
let client: Client;
let connection: Connection;
let native: NativeConnection;
beforeAll(async () => {
  server = await startDevServer({ config: ONE_PARTITION });
  const { address } = server;
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  await native.close();
  server.server.kill('SIGKILL');
});

const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const artifact = { uri: 'store:none', sha256: '', bytes: 0 };
const spent = { turns: 1, activeSeconds: 1, sandboxSeconds: 1, usage };

/** Plays every rollout, then lets a judge with one slot grade what has queued up; returns runs in the order of grading. */
async function gradedInOrder(rollouts: { run: string; judgePriority: number }[]): Promise<string[]> {
  const queue = `fair-${randomUUID().slice(0, 8)}`;
  const order: string[] = [];
  const runAgent = async () => ({ end: 'submitted', ...spent, submission: artifact, unsafeSandbox: false });
  const judge = async ({ place, policy }: JudgeInput) => {
    order.push(place.run);
    return summarise({
      rollout: 'x',
      task: place.task,
      policy,
      outcome: 'scored',
      score: 1,
      end: 'submitted',
      ...spent,
    });
  };
  const usual = { connection: native, activities: { runAgent, judge } };
  const [story, playing] = await Promise.all([
    Worker.create({ connection: native, taskQueue: queue, workflowBundle: { codePath: testServer().bundlePath } }),
    Worker.create({ ...usual, taskQueue: poolQueue(queue, 'rollout') }),
  ]);
  const running = [story.run(), playing.run()];
  const handles = [];
  for (const [member, { run, judgePriority }] of rollouts.entries()) {
    const place = { run, stage: 'distill', step: '0', task: 'paper', member };
    const input: RolloutInput = {
      place,
      policy: 'p',
      timeout: '60s',
      recipe: artifact,
      heartbeat: '10s',
      gpus: 0,
      judgePriority,
    };
    const workflowId = `${queue}.${member}`;
    handles.push(await client.workflow.start('rollout', { workflowId, taskQueue: queue, args: [input] }));
  }
  await Promise.all(handles.map((handle) => eventually(() => waitsForJudge(handle))));
  const judges = await Worker.create({
    ...usual,
    taskQueue: poolQueue(queue, 'judge'),
    maxConcurrentActivityTaskExecutions: 1,
    maxConcurrentActivityTaskPolls: 1,
  });
  running.push(judges.run());
  await Promise.all(handles.map((handle) => handle.result()));
  for (const worker of [story, playing, judges]) worker.shutdown();
  await Promise.all(running);
  return order;
}

async function waitsForJudge(handle: WorkflowHandle): Promise<boolean> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'judge') ?? false;
}

const times = (count: number, run: string, judgePriority = 3) =>
  Array.from({ length: count }, () => ({ run, judgePriority }));
const meanPlace = (order: string[], run: string): number => {
  const places = order.flatMap((name, place) => (name === run ? [place] : []));
  return places.reduce((sum, place) => sum + place, 0) / places.length;
};

test('a run that comes later with few submissions does not wait behind all those of a large one', async () => {
  const order = await gradedInOrder([...times(24, 'large'), ...times(4, 'small')]);
  expect(order).toHaveLength(28);
  // One after the other its places would be 24 to 27; taking turns they are among the first.
  expect(meanPlace(order, 'small')).toBeLessThan(6);
});

test('an evaluation is graded before what is trained on, whichever came first', async () => {
  const order = await gradedInOrder([...times(12, 'training', 3), ...times(6, 'evaluation', 2)]);
  // One after the other its mean place would be 14.5.
  expect(meanPlace(order, 'evaluation')).toBe(2.5);
});
