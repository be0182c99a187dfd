import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { paged } from '../support/paged.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const policy = gatedPolicy();
const training = fakeTraining();
/** What meets the stage when it plans its second page. */
const second: { failure?: string; planned: number } = { planned: 0 };
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    policy: () => policy,
    instead: training.activities,
    around: ({ planStage }) => ({
      async planStage(input) {
        second.planned += 1;
        if (second.planned === 2 && second.failure !== undefined)
          throw ApplicationFailure.create({ type: 'InvalidInput', message: second.failure, nonRetryable: true });
        return paged(planStage)(input);
      },
    }),
  });
});
afterAll(() => world.close());

const STAGES = {
  distill: { type: 'distill', policy: 'teacher', rolloutsPerTask: 3, timeout: '1500s', accept: { minScore: 0 } },
  evaluate: { type: 'evaluate', policies: ['untrained'], rolloutsPerTask: 3, timeout: '100s' },
};
const NAMES = { distill: 'distill', evaluate: 'evaluate-untrained' };

const { start: begin, decide: update, until, reportOf } = runsOf(() => world);

function start(stage: keyof typeof STAGES, failure?: string): Promise<WorkflowHandle> {
  Object.assign(second, { planned: 0, failure });
  const stages = [{ type: 'init', name: 'untrained', model: { mode: 'copying' } }, STAGES[stage]];
  return begin({ ...trainingRecipe(), stages });
}

/** A run whose one stage of rollouts has played one of three in a first execution, and goes on in a second. */
async function inSecondPage(stage: keyof typeof STAGES, failure?: string): Promise<WorkflowHandle> {
  const handle = await start(stage, failure);
  policy.leave(3);
  await eventually(() => second.planned === 2);
  if (failure === undefined) await eventually(() => policy.waiting() === 1);
  return handle;
}

const decide = (handle: WorkflowHandle, decision: string): Promise<unknown> =>
  decision === 'cancel' ? handle.cancel() : update(handle, decision);

const ENDS = { skip: 'completed', abort: 'Aborted', cancel: 'CancelledFailure' };

const endOf = (handle: WorkflowHandle): Promise<string> =>
  handle.result().then(
    ({ state }: RunStatus) => state,
    ({ cause }: { cause: Error & { type?: string } }) => cause.type ?? cause.name,
  );

/** The first rollout counts, whatever became of the stage, and so do those that were planned. */
async function expectLedger(handle: WorkflowHandle): Promise<void> {
  expect((await reportOf(handle)).ledger).toEqual({ planned: 3, scored: 1, infraFailed: 0, cancelled: 2 });
  await eventually(() => policy.waiting() === 0);
  expect(training.served).toEqual(new Set());
}

const CASES = Object.keys(STAGES).flatMap((stage) =>
  Object.entries(ENDS).map(([decision, end]) => ({ stage: stage as keyof typeof STAGES, decision, end })),
);

test.each(CASES)('a stage of type $stage that plays its second page hears $decision', async (given) => {
  await world.whileWorking(async () => {
    const handle = await inSecondPage(given.stage);
    await decide(handle, given.decision);
    expect(await endOf(handle)).toBe(given.end);
    await expectLedger(handle);
  });
});

test.each(Object.entries(ENDS))(
  'a stage between two pages, whose server is still to stop, hears %s',
  async (decision, end) => {
    await world.whileWorking(async () => {
      training.stops.slowly = true;
      const handle = await start('evaluate');
      policy.leave(3);
      await eventually(() => training.stops.now === 1);
      await decide(handle, decision);
      const stage = world.client.workflow.getHandle(`${handle.workflowId}.${NAMES.evaluate}`);
      await eventually(async () => {
        const { events } = await stage.fetchHistory();
        const asked = (events ?? []).findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
        return asked >= 0 && (events ?? []).slice(asked).some((event) => event.workflowTaskCompletedEventAttributes);
      });
      training.stops.slowly = false;
      expect(await endOf(handle)).toBe(end);
      await expectLedger(handle);
    });
  },
);

test.each(CASES.slice(0, 3))(
  'a stage of type $stage that is paused in its second page hears $decision',
  async (given) => {
    await world.whileWorking(async () => {
      const handle = await inSecondPage(given.stage);
      await decide(handle, 'pause');
      const stage = world.client.workflow.getHandle(`${handle.workflowId}.${NAMES[given.stage]}`);
      await eventually(async () => (await stage.query<{ state: string }>('status')).state === 'paused');
      policy.leave(1);
      await eventually(() => policy.waiting() === 0);
      await decide(handle, given.decision);
      expect(await endOf(handle)).toBe(given.end);
      await expectLedger(handle);
    });
  },
);

test.each(CASES.slice(3))('a run that is parked for the second page of $stage hears $decision', async (given) => {
  await world.whileWorking(async () => {
    const handle = await inSecondPage(given.stage, 'the plan is unreadable');
    await until(handle, 'parked');
    await decide(handle, given.decision);
    expect(await endOf(handle)).toBe(given.end);
    await expectLedger(handle);
  });
});
