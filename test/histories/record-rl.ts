import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import type { fakeRl } from '../support/fake-rl.ts';
import { openRlWorld, tasksOf, type RlRun } from '../support/rl-world.ts';

/** Records histories of RL stages, every execution of one, and of a rollout that reports: a part of `npm run record-histories`. */
let opened: Awaited<ReturnType<typeof openRlWorld>>;
let fake: ReturnType<typeof fakeRl>;
beforeAll(async () => {
  opened = await openRlWorld();
});
afterAll(() => opened.world.close());
beforeEach(() => {
  fake = opened.renew();
});

async function record(path: string, changes: object, play: (run: RlRun) => Promise<void>): Promise<void> {
  const { world } = opened;
  let run: RlRun | undefined;
  await world.whileWorking(async () => {
    run = await opened.start(changes);
    await play(run);
    await run.handle.result().catch(() => undefined);
  });
  const counts = new Map<string, number>();
  const query = `LonghaulRun="${run?.run}" and (WorkflowType="rlStage" or WorkflowType="rollout")`;
  for await (const { workflowId, runId, type } of world.client.workflow.list({ query })) {
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    if (type !== 'rlStage' && number > 1) continue;
    const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const name = type === 'rlStage' ? `${path}.${type}.${number}.json` : `${path}.${type}.json`;
    writeFileSync(join(__dirname, name), `${historyToJSON(history)}\n`);
  }
  expect(counts.get('rlStage')).toBeGreaterThan(0);
}

test('rl-quiet', () =>
  record('rl-quiet', {}, async () => {
    fake.table.endsAll = true;
  }));

test('rl-carried', () =>
  record('rl-carried', { maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 2 }] }, async () => {
    const [one, two] = await tasksOf(fake, 1);
    const [three] = await tasksOf(fake, 2);
    fake.end({ [`1.${one}.0`]: 'fails', [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    fake.end({ [`2.${three}.0`]: 0.1, [`2.${three}.1`]: 0.2 });
    await eventually(() => fake.table.asked.includes('engines at rl-60s-1'));
    fake.table.endsAll = true;
  }));

test('rl-parked', () =>
  record('rl-parked', { maxStaleness: 1 }, async (run) => {
    const [one, two] = await tasksOf(fake, 1);
    fake.table.broken = 'the loss is NaN';
    fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    await eventually(async () => (await run.status()).state === 'parked');
    fake.table.broken = undefined;
    fake.table.endsAll = true;
    await run.decide('resume');
  }));

test('rl-tuned', () =>
  record('rl-tuned', { concurrency: 3, lookAfter: '2s' }, async (run) => {
    const [one] = await tasksOf(fake, 1);
    await run.decide('tune', { timeout: '90s', concurrency: 4, steps: 1 });
    await run.decide('pause');
    await eventually(async () => (await run.stageStatus()).state === 'paused');
    await run.decide('resume');
    await run.rollout(`1.${one}.0`).terminate('by hand');
    await eventually(() => fake.playing().includes(`1.${one}.2`));
    fake.table.endsAll = true;
  }));

test('rl-aborted', () =>
  record('rl-aborted', { maxStaleness: 1 }, async (run) => {
    await tasksOf(fake, 2);
    await run.decide('abort');
  }));
