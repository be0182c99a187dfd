import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { outcome as outcomeSchema } from '../../core/factory/outcome.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { eventually } from '../support/eventually.ts';
import { fakePaper } from '../support/fake-papers.ts';
import { CALL_USD, factoryTestRecipe } from '../support/factory-world.ts';
import { gatedFactory } from '../support/gated-factory.ts';

const { world, models, papers, gate, newPapers, start, statusOf, decide, isIdle } = gatedFactory();
const outcomeOf = async (run: string, paper: string | undefined) =>
  outcomeSchema.parse(await world().store.readJson(taskKeys.outcome({ run, paper: paper ?? '' })));

test('a paused factory lets the calls in flight through, makes no other, and goes on where it was', async () => {
  newPapers(2);
  gate.open = false;
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe());
    await eventually(() => gate.waiting === 2);
    expect(await decide(handle, 'pause')).toEqual({ state: 'paused', stage: 'factory' });
    await expect(decide(handle, 'pause')).rejects.toMatchObject({
      cause: { message: 'a factory that is paused cannot be paused' },
    });
    gate.open = true;
    for (const { id } of papers) await eventually(() => isIdle(`${handle.workflowId}.factory.${id}`));
    expect(models.asked).toHaveLength(2);
    expect(await statusOf(handle)).toMatchObject({
      state: 'paused',
      waitsFor: 'resume',
      inFlight: 2,
      papers: { made: 0 },
    });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ papers: { made: 2 } });
    expect(models.asked).toHaveLength(2 * 6);
  });
});

test('a sample of rubrics waits for a person’s approval before the rest is begun', async () => {
  newPapers(4);
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ approveAfter: 2 }));
    await eventually(async () => (await statusOf(handle)).state === 'waiting');
    expect(await statusOf(handle)).toMatchObject({
      papers: { found: 4, made: 2 },
      inFlight: 0,
      waitsFor: `2 rubrics are made, 2 papers wait: look at runs/${handle.workflowId}/factory/ in the store, then approve`,
    });
    expect(await decide(handle, 'approve')).toMatchObject({ stage: 'factory' });
    expect(await handle.result()).toMatchObject({ papers: { made: 4 } });
  });
});

test('a paper of the sample that is dropped is replaced by the next', async () => {
  newPapers(3);
  const [first] = papers;
  papers.splice(0, 1, { ...fakePaper(first?.id ?? ''), year: 1990 });
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ approveAfter: 1, filters: [{ filter: 'years', from: 2000 }] }));
    await eventually(async () => (await statusOf(handle)).state === 'waiting');
    expect((await statusOf(handle)).papers).toMatchObject({ made: 1, dropped: 1 });
    await decide(handle, 'approve');
    expect(await handle.result()).toMatchObject({ papers: { made: 2, dropped: 1 } });
  });
});

test('a spent budget waits for a person, who allows as much again', async () => {
  newPapers(4);
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ budget: { usd: 2 }, concurrency: 1 }));
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect(await statusOf(handle)).toMatchObject({
      papers: { made: 2 },
      waitsFor: '$3.00 are paid, the budget is spent; resume allows as much again, tune any other sum',
    });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ papers: { made: 4 } });
  });
});

test('a paper that costs more than it may is dropped, and what it cost is told', async () => {
  newPapers(1);
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ budget: { paperUsd: 3 * CALL_USD } }));
    expect(await handle.result()).toMatchObject({ papers: { made: 0, dropped: 1 } });
    expect(await outcomeOf(handle.workflowId, papers[0]?.id)).toMatchObject({
      drop: { step: 'budget', reason: 'its calls cost $1.00, more than the $0.75 a paper may' },
      cost: { calls: 4, usd: 1 },
    });
  });
});

test('where the provider refuses everything the factory waits, and no paper is lost', async () => {
  newPapers(2);
  const refused = { now: true };
  models.instead.answer = () => {
    if (!refused.now) return undefined;
    throw ApplicationFailure.create({ type: 'ProviderRefused', message: 'out of funds', nonRetryable: true });
  };
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe());
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect((await statusOf(handle)).waitsFor).toBe(
      'no call is answered (ProviderRefused: out of funds); waits for resume',
    );
    refused.now = false;
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ papers: { found: 2, made: 2, failed: 0 } });
  });
});

test('a paper whose machine fails is failed, not dropped, and is made when the factory is begun again', async () => {
  newPapers(5);
  const bad = { now: true };
  models.instead.answer = ({ shared }) => {
    if (!bad.now || !shared.includes(`# On ${papers[0]?.id}`)) return undefined;
    throw ApplicationFailure.create({ type: 'InvalidInput', message: 'no such thing', nonRetryable: true });
  };
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe());
    expect(await handle.result()).toMatchObject({ papers: { made: 4, failed: 1 } });
    expect(await outcomeOf(handle.workflowId, papers[0]?.id)).toMatchObject({
      outcome: 'failed',
      reason: 'InvalidInput: no such thing',
    });
    bad.now = false;
    models.asked.length = 0;
    const again = await world().client.workflow.start('researchFactory', {
      workflowId: handle.workflowId,
      taskQueue: world().queue,
      args: [factoryTestRecipe()],
    });
    expect(await again.result()).toMatchObject({ papers: { made: 5, failed: 0 } });
    expect(new Set(models.asked.map(({ paper }) => paper))).toEqual(new Set([`# On ${papers[0]?.id}`]));
  });
});

test('too many failed papers fail the factory; what was made stands', async () => {
  newPapers(2);
  models.instead.answer = ({ shared }) => {
    if (!shared.includes(`# On ${papers[0]?.id}`)) return undefined;
    throw ApplicationFailure.create({ type: 'InvalidInput', message: 'no such thing', nonRetryable: true });
  };
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe());
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'TooFewMade', message: '1 of 2 papers failed for reasons of infrastructure, see their outcomes' },
    });
    expect(await world().store.list(taskKeys.made(handle.workflowId))).toEqual([papers[1]?.id]);
  });
});

test('an aborted factory cancels its papers and says of each what became of it', async () => {
  newPapers(2);
  gate.open = false;
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ concurrency: 1 }));
    await eventually(() => gate.waiting === 1);
    await decide(handle, 'abort', { reason: 'wrong venue' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'wrong venue' } });
    expect(await outcomeOf(handle.workflowId, papers[0]?.id)).toMatchObject({ outcome: 'cancelled' });
    expect(await world().store.exists(taskKeys.outcome({ run: handle.workflowId, paper: papers[1]?.id ?? '' }))).toBe(
      false,
    );
  });
});

test('a recipe that names a model it does not have is refused with the path of the field', async () => {
  newPapers(1);
  await world().whileWorking(async () => {
    const handle = await start({ ...factoryTestRecipe(), models: {} });
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidInput',
        message: expect.stringContaining('factory.models.builder: no such model; there is none'),
      },
    });
  });
});
