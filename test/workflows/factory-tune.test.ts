import { expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { CALL_USD, factoryTestRecipe } from '../support/factory-world.ts';
import { gatedFactory } from '../support/gated-factory.ts';

const { world, papers, gate, newPapers, start, statusOf, decide, isIdle } = gatedFactory();

test('tune changes how many papers are made at a time and what is paid in all, and stands in the history', async () => {
  newPapers(4);
  gate.open = false;
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ concurrency: 1, budget: { usd: 1 } }));
    await eventually(() => gate.waiting === 1);
    await expect(decide(handle, 'tune', { concurrency: 0 })).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^concurrency: .*got 0/) },
    });
    await expect(decide(handle, 'tune', { steps: 3 })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('steps') },
    });
    expect(await decide(handle, 'tune', { concurrency: 3, reason: 'a larger machine' })).toEqual({
      state: 'running',
      stage: 'factory',
    });
    await eventually(() => gate.waiting === 3);
    gate.open = true;
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect((await statusOf(handle)).papers).toMatchObject({ made: 3 });
    await decide(handle, 'tune', { budget: { usd: 100 } });
    expect(await handle.result()).toMatchObject({ papers: { made: 4 } });
    const { events = [] } = await handle.fetchHistory();
    const accepted = events?.flatMap(({ workflowExecutionUpdateAcceptedEventAttributes: update }) =>
      (update?.acceptedRequest?.input?.args?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString()),
    );
    expect(accepted).toEqual(
      expect.arrayContaining(['{"concurrency":3,"reason":"a larger machine"}', '{"budget":{"usd":100}}']),
    );
  });
});

test('tune changes what a paper in flight may cost', async () => {
  newPapers(1);
  gate.open = false;
  await world().whileWorking(async () => {
    const handle = await start(factoryTestRecipe({ budget: { paperUsd: 3 * CALL_USD } }));
    await eventually(() => gate.waiting === 1);
    await decide(handle, 'pause');
    await decide(handle, 'tune', { budget: { paperUsd: 6 * CALL_USD }, callsPerPaper: 2 });
    gate.open = true;
    await eventually(() => isIdle(`${handle.workflowId}.factory.${papers[0]?.id}`));
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ papers: { made: 1 } });
  });
});
