import { expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { keys } from '../../core/names.ts';
import { report } from '../../core/report.ts';
import type { RunStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { factoryRunRecipe, factoryTestRecipe } from '../support/factory-world.ts';
import { gatedFactory } from '../support/gated-factory.ts';

/** What meets the factory at its second page. */
const second = { isShut: false, isBroken: false };
const { world, gate, newPapers, start, decide } = gatedFactory({
  pages(planned) {
    if (planned === 1) return;
    gate.open = !second.isShut;
    if (second.isBroken) throw ApplicationFailure.nonRetryable('the plan is unreadable', 'InvalidInput');
  },
});

/** Where the second execution stands when it is told to end, and what it takes to get there. */
const PLACES = {
  'makes papers': { meets: { isShut: true }, settings: {}, made: 1 },
  'waits for approval': { meets: {}, settings: { approveAfter: 1 }, made: 1 },
  'has spent its budget': { meets: {}, settings: { budget: { usd: 1 } }, made: 1 },
  'has failed': { meets: { isBroken: true }, settings: {}, made: undefined },
};

const statusOf = (handle: WorkflowHandle): Promise<RunStatus> => handle.query('status');

async function inSecondPage(place: keyof typeof PLACES): Promise<WorkflowHandle> {
  const { meets, settings } = PLACES[place];
  Object.assign(second, { isShut: false, isBroken: false }, meets);
  newPapers(3);
  const handle = await start(factoryRunRecipe({ concurrency: 1, ...settings }), 'train');
  if (place === 'makes papers') await eventually(() => gate.waiting === 1);
  else await eventually(async () => ['waiting', 'parked'].includes((await statusOf(handle)).state));
  const factory = world().client.workflow.getHandle(`${handle.workflowId}.factory`);
  const { events } = await factory.fetchHistory();
  expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe('');
  return handle;
}

const factoryOf = async ({ workflowId }: WorkflowHandle) =>
  report.parse(await world().store.readJson(keys.report(workflowId))).stages.find(({ name }) => name === 'factory');

/** What it had made is there, and nothing is in play. */
async function expectEnded(handle: WorkflowHandle, place: keyof typeof PLACES): Promise<void> {
  expect((await factoryOf(handle))?.papers?.made).toBe(PLACES[place].made);
  await eventually(() => gate.waiting === 0);
  const query = `WorkflowType="paperToTask" and ExecutionStatus="Running" and LonghaulRun="${handle.workflowId}"`;
  expect((await world().client.workflow.count(query)).count).toBe(0);
}

const places = Object.keys(PLACES) as (keyof typeof PLACES)[];

test.each(places)(
  'a factory that %s in its second page hears skip: its run goes on to what comes next',
  async (place) => {
    await world().whileWorking(async () => {
      const handle = await inSecondPage(place);
      await decide(handle, 'skip');
      // Without tasks there is nothing that the next stage could play.
      await eventually(async () => (await statusOf(handle)).stages[1]?.state === 'running');
      await decide(handle, 'abort');
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
      expect((await factoryOf(handle))?.state).toBe('skipped');
      await expectEnded(handle, place);
    });
  },
);

test.each(places)('a factory that %s in its second page hears abort', async (place) => {
  await world().whileWorking(async () => {
    const handle = await inSecondPage(place);
    await decide(handle, 'abort');
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    expect((await factoryOf(handle))?.state).toBe('cancelled');
    await expectEnded(handle, place);
  });
});

test.each(['makes papers', 'has failed'] as const)(
  'a factory that %s in its second page hears that its run is cancelled',
  async (place) => {
    await world().whileWorking(async () => {
      const handle = await inSecondPage(place);
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect((await factoryOf(handle))?.state).toBe('cancelled');
      await expectEnded(handle, place);
    });
  },
);

test('a factory by itself hears abort in its second page', async () => {
  await world().whileWorking(async () => {
    Object.assign(second, { isShut: true, isBroken: false });
    newPapers(3);
    const handle = await start(factoryTestRecipe({ concurrency: 1 }));
    await eventually(() => gate.waiting === 1);
    await decide(handle, 'abort');
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    await eventually(() => gate.waiting === 0);
  });
});
