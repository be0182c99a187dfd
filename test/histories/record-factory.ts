import { ApplicationFailure } from '@temporalio/common';
import { test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import { fakePaper } from '../support/fake-papers.ts';
import { CALL_USD, factoryTestRecipe } from '../support/factory-world.ts';
import { gatedFactory } from '../support/gated-factory.ts';
import { record, type Played } from '../support/recording.ts';

/** Records factories that are runs of their own: a part of `npm run record-histories`. */
const limits = { page: Infinity };
const { world, models, papers, gate, newPapers, start, statusOf, decide, isIdle } = gatedFactory({
  around: (own) => ({
    async planPapers(input) {
      const plan = await own.planPapers(input);
      return { ...plan, pending: plan.pending.slice(0, limits.page), more: plan.pending.length > limits.page };
    },
  }),
});

interface Play {
  settings?: object;
  picks?: Played['picks'];
}

const play = (path: string, body: (handle: WorkflowHandle) => Promise<void>, { settings, picks }: Play = {}) =>
  record(world(), path, async () => {
    if (papers.length === 0) newPapers(2);
    const handle = await start(factoryTestRecipe(settings));
    await body(handle);
    await handle.result().catch(() => undefined);
    papers.length = 0;
    return { run: handle.workflowId, ...(picks && { picks }) };
  });
const until = (handle: WorkflowHandle, state: string) =>
  eventually(async () => (await statusOf(handle)).state === state);

test('factory', () =>
  play(
    'factory',
    async (handle) => {
      await until(handle, 'waiting');
      await decide(handle, 'approve');
    },
    { settings: { approveAfter: 1 } },
  ));

test('factory-paused', () => {
  gate.open = false;
  return play('factory-paused', async (handle) => {
    await eventually(() => gate.waiting === 2);
    await decide(handle, 'pause');
    gate.open = true;
    for (const { id } of papers) await eventually(() => isIdle(`${handle.workflowId}.factory.${id}`));
    await decide(handle, 'resume');
  });
});

test('factory-tuned', () => {
  gate.open = false;
  return play(
    'factory-tuned',
    async (handle) => {
      await eventually(() => gate.waiting === 1);
      await decide(handle, 'tune', { concurrency: 2, callsPerPaper: 2, budget: { paperUsd: 6 * CALL_USD } });
      await eventually(() => gate.waiting === 2);
      gate.open = true;
    },
    { settings: { concurrency: 1 }, picks: { paperToTask: /-0$/ } },
  );
});

test('factory-parked', () =>
  play(
    'factory-parked',
    async (handle) => {
      await until(handle, 'parked');
      await decide(handle, 'resume');
    },
    { settings: { budget: { usd: 1 }, concurrency: 1 } },
  ));

const refusal = (type: string): never => {
  throw ApplicationFailure.create({ type, message: 'no such thing', nonRetryable: true });
};

test('factory-refused', () => {
  const refused = { now: true };
  models.instead.answer = () => (refused.now ? refusal('ProviderRefused') : undefined);
  newPapers(1);
  return play('factory-refused', async (handle) => {
    await until(handle, 'parked');
    refused.now = false;
    await decide(handle, 'resume');
  });
});

test('factory-failed', () => {
  models.instead.answer = () => refusal('InvalidInput');
  newPapers(1);
  return play('factory-failed', async () => undefined);
});

/** It costs more than a paper may. */
test('factory-dropped', () => {
  newPapers(1);
  return play('factory-dropped', async () => undefined, { settings: { budget: { paperUsd: 3 * CALL_USD } } });
});

test('factory-judged', () => {
  papers.push(fakePaper('judged', { code: { 'train.py': 'optimizer = Adam(lr=0.001)\n' } }));
  const { builder, reviewer } = { builder: 'builder', reviewer: 'reviewer' };
  return play('factory-judged', async () => undefined, { settings: { models: { builder, reviewer, judge: builder } } });
});

test('factory-aborted', () => {
  gate.open = false;
  return play(
    'factory-aborted',
    async (handle) => {
      await eventually(() => gate.waiting === 1);
      await decide(handle, 'abort', { reason: 'wrong venue' });
    },
    { settings: { concurrency: 1 } },
  );
});

test('factory-paged', () => {
  limits.page = 1;
  return play('factory-paged', async () => undefined).finally(() => (limits.page = Infinity));
});

test('factory-mistaken', () => play('factory-mistaken', async () => undefined, { settings: { concurrency: 0 } }));
