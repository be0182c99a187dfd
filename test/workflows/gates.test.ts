import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const SECRET = 'a secret';
const heard: { headers: IncomingHttpHeaders; body: string }[] = [];
/** What the webhook answers for a run, one after the other; 200 when there is nothing left. */
const answers = new Map<string, number[]>();
const webhook = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    heard.push({ headers: request.headers, body });
    const { run } = JSON.parse(body) as { run: string };
    response.writeHead(answers.get(run)?.shift() ?? 200).end();
  });
});
const policy = gatedPolicy({ inputTokens: 10, outputTokens: 1 });
let world: World;
beforeAll(async () => {
  await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/hook`;
  world = await openWorld({ sandboxes: fakeSandboxes(), policy: () => policy, webhook: { url, secret: SECRET } });
});
afterAll(async () => {
  webhook.close();
  await world.close();
});

const { start: begin, newId, statusOf, decide, until } = runsOf(() => world);
const start = (changes: object, run = newId()) => begin(tinyRecipe(changes), run);
const noticesOf = (handle: WorkflowHandle) =>
  heard
    .map(({ body }) => JSON.parse(body) as { id: string; run: string; event: string; text: string })
    .filter(({ run }) => run === handle.workflowId);
const TURNS = { distill: 4 * 3, idle: 3 };

test('a gate before a stage holds the run until it is approved, and one after it before the next begins', async () => {
  await world.whileWorking(async () => {
    const handle = await start({ approve: { before: ['distill'], after: ['distill'] } });
    await until(handle, 'waiting');
    expect(await statusOf(handle)).toMatchObject({ waitsFor: 'approval before stage distill', planned: 0 });
    await expect(decide(handle, 'approve', { stage: 'evaluate-idle' })).rejects.toMatchObject({
      cause: { message: 'stage: what waits for approval is before distill (got "evaluate-idle")' },
    });
    expect(await decide(handle, 'approve', { stage: 'distill' })).toMatchObject({ state: 'waiting' });
    await eventually(() => policy.waiting() === 4);
    await expect(decide(handle, 'approve')).rejects.toMatchObject({
      cause: { message: 'nothing waits for approval' },
    });
    policy.leave(TURNS.distill);
    await until(handle, 'waiting');
    expect(await statusOf(handle)).toMatchObject({ waitsFor: 'approval after stage distill', scored: 4 });
    expect(policy.waiting()).toBe(0);
    await decide(handle, 'approve');
    policy.leave(TURNS.idle);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('a gate outlives every worker: what waits, waits in no memory of a process', async () => {
  const handle = await world.whileWorking(async () => {
    const begun = await start({ approve: { before: ['distill'] } });
    await until(begun, 'waiting');
    return begun;
  });
  await world.whileWorking(async () => {
    policy.leave(TURNS.distill + TURNS.idle);
    await decide(handle, 'approve');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('a run that is begun again waits at the gate where it waited, and at none that was passed', async () => {
  await world.whileWorking(async () => {
    const recipe = { approve: { before: ['distill'], after: ['distill'] } };
    const again = async (handle: WorkflowHandle): Promise<WorkflowHandle> => {
      await handle.terminate('the server was lost');
      await eventually(() => policy.waiting() === 0);
      const options = { workflowId: handle.workflowId, taskQueue: world.queue, args: [tinyRecipe(recipe)] };
      return world.client.workflow.start('train', options);
    };
    policy.leave(TURNS.distill);
    const first = await start(recipe);
    await until(first, 'waiting');
    await decide(first, 'approve');
    await eventually(async () => (await statusOf(first)).waitsFor === 'approval after stage distill');
    const second = await again(first);
    await until(second, 'waiting');
    expect(await statusOf(second)).toMatchObject({ waitsFor: 'approval after stage distill', scored: 4 });
    await decide(second, 'approve');
    await eventually(() => policy.waiting() === 1);
    const third = await again(second);
    policy.leave(TURNS.idle);
    expect(await third.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('a run that is paused where a gate comes stays paused, and waits at the gate when it goes on', async () => {
  await world.whileWorking(async () => {
    const [distill, evaluate] = tinyRecipe()['stages'] as object[];
    policy.leave(2);
    const handle = await start({
      tasks: { type: 'micropapers', train: 1, heldout: 1 },
      stages: [{ ...distill, rolloutsPerTask: 1 }, evaluate],
      approve: { after: ['distill'] },
    });
    // It submits in the turn that is in flight when the run is paused.
    await eventually(() => policy.left() === 0 && policy.waiting() === 1);
    await decide(handle, 'pause');
    policy.leave(1);
    await eventually(async () => (await statusOf(handle)).scored === 1);
    await eventually(async () => (await statusOf(handle)).stages[0]?.state === 'completed');
    expect(await statusOf(handle)).toMatchObject({ state: 'paused', waitsFor: 'resume' });
    await decide(handle, 'resume');
    await until(handle, 'waiting');
    await decide(handle, 'approve');
    policy.leave(TURNS.idle);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 2 });
  });
});

test('a stage is skipped, or the run aborted, at a gate', async () => {
  await world.whileWorking(async () => {
    const handle = await start({ approve: { before: ['distill', 'evaluate-idle'] } });
    await until(handle, 'waiting');
    await decide(handle, 'skip');
    await eventually(async () => (await statusOf(handle)).waitsFor === 'approval before stage evaluate-idle');
    await decide(handle, 'abort', { reason: 'not today' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'not today' } });
  });
});

test('a webhook is told of a gate and of the end, signed, again where it failed, and the run never waits for it', async () => {
  await world.whileWorking(async () => {
    const run = newId();
    answers.set(run, [503, 500]);
    policy.leave(TURNS.distill + TURNS.idle);
    const handle = await start({ approve: { before: ['distill'] } }, run);
    await until(handle, 'waiting');
    await decide(handle, 'approve');
    await handle.result();
    await eventually(() => noticesOf(handle).length === 4);
    const notices = noticesOf(handle);
    expect(notices.filter(({ event }) => event === 'approval')).toHaveLength(3);
    expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
    for (const { headers, body } of heard) {
      const signature = createHmac('sha256', SECRET).update(body).digest('hex');
      expect(headers['x-longhaul-signature']).toBe(`sha256=${signature}`);
    }
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).not.toContain(SECRET);
    expect(history).not.toContain('/hook');
  });
});

test('a webhook is told of a run that fails, which is one that cannot even park', async () => {
  await world.whileWorking(async () => {
    const handle = await start({ resumeFrom: 'nobody' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
    await eventually(() => noticesOf(handle).length === 1);
    expect(noticesOf(handle)).toMatchObject([
      { event: 'failed', text: 'InvalidInput: resumeFrom: there is no run "nobody" in this store' },
    ]);
  });
});
