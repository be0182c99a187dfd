import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { summarise, type JudgeInput } from '../../activities/judge.ts';
import { recordOutcome } from '../../activities/record-outcome.ts';
import type { PlayedRecord } from '../../activities/agent/played.ts';
import type { RunAgentInput } from '../../activities/run-agent.ts';
import { rolloutId } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** Rollouts that end at once, and a judge that grades when the test lets it. */
const played: { rollout: string }[] = [];
const judging = { begun: 0, left: 0 };
const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const submission = { uri: 'store:none', sha256: '', bytes: 0 };

async function runAgent({ place }: RunAgentInput): Promise<PlayedRecord> {
  played.push({ rollout: rolloutId(place) });
  const spent = { activeSeconds: 1, sandboxSeconds: 1, usage };
  return { end: 'budget', turns: 1, ...spent, submission, unsafeSandbox: false };
}

async function judge({ place, policy }: JudgeInput) {
  judging.begun += 1;
  await eventually(() => judging.left > 0);
  judging.left -= 1;
  const outcome = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored', score: 1 } as const;
  return summarise(
    await recordOutcome(world.store, {
      ...outcome,
      end: 'budget',
      turns: 1,
      activeSeconds: 1,
      sandboxSeconds: 1,
      usage,
    }),
  );
}

let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes: fakeSandboxes(), instead: { runAgent, judge } });
});
afterAll(() => world.close());

const { EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: SIGNALED, EVENT_TYPE_TIMER_FIRED: TIMER_FIRED } =
  temporal.api.enums.v1.EventType;
const ROLLOUTS = 8;
const CONCURRENCY = 4;
let runs = 0;

function start(admission: object): Promise<WorkflowHandle> {
  played.length = 0;
  Object.assign(judging, { begun: 0, left: 0 });
  const stage = { type: 'distill', policy: 'teacher', timeout: '1500s', accept: { minScore: 0 } };
  const recipe = tinyRecipe({
    stages: [{ ...stage, rolloutsPerTask: ROLLOUTS / 2, concurrency: CONCURRENCY }],
    admission,
  });
  const workflowId = `${world.run}-${runs++}`;
  return world.client.workflow.start('train', { workflowId, taskQueue: world.queue, args: [recipe] });
}

const eventsOf = async (workflowId: string): Promise<(number | null | undefined)[]> => {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map((event) => event.eventType);
};

test('while too many rollouts wait for the judge no further one is let in, and when it grades they are', async () => {
  await world.whileWorking(async () => {
    const handle = await start({ judgeQueue: 2, judgeAfter: '1s' });
    const stage = world.client.workflow.getHandle(`${handle.workflowId}.distill`);
    const waiting = async (): Promise<number> =>
      (await stage.query<{ waitingForJudge: number }>('status')).waitingForJudge;
    await eventually(() => played.length === CONCURRENCY);
    await eventually(async () => (await waiting()) === CONCURRENCY);
    expect(played).toHaveLength(CONCURRENCY);
    // One is graded: a slot is free, but more than may still wait, and one grade says nothing of how fast the judge is.
    judging.left = 1;
    await eventually(async () => (await waiting()) === CONCURRENCY - 1);
    expect(played).toHaveLength(CONCURRENCY);
    judging.left = ROLLOUTS;
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: ROLLOUTS });
  });
});

test('with a judge that keeps up nothing is told: a rollout has two more events, and its stage none', async () => {
  await world.whileWorking(async () => {
    const told: number[] = [];
    const rollouts: number[] = [];
    for (const admission of [{}, { judgeQueue: 2, judgeAfter: '30s' }]) {
      const handle = await start(admission);
      judging.left = ROLLOUTS;
      await handle.result();
      rollouts.push((await eventsOf(played[0]?.rollout ?? '')).length);
      told.push((await eventsOf(`${handle.workflowId}.distill`)).filter((type) => type === SIGNALED).length);
    }
    expect(rollouts[1]).toBe((rollouts[0] ?? 0) + 2);
    expect(told).toEqual([0, 0]);
  });
});

test('rollouts that could begin at once begin a gap apart: they wait on timers of their own', async () => {
  await world.whileWorking(async () => {
    const handle = await start({ spread: '2s' });
    judging.left = ROLLOUTS;
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: ROLLOUTS });
    // Four in flight over two seconds: the first four were admitted in one task.
    const delays = await delaysOf(`${handle.workflowId}.distill`);
    expect(delays.slice(0, CONCURRENCY)).toEqual([0, 500, 1000, 1500]);
    const timers = await Promise.all(
      played.map(async ({ rollout }) => (await eventsOf(rollout)).includes(TIMER_FIRED)),
    );
    expect(timers.filter(Boolean)).toHaveLength(delays.filter((delay) => delay > 0).length);
    expect(await eventsOf(`${handle.workflowId}.distill`)).not.toContain(TIMER_FIRED);
  });
});

/** The delays that a stage gave to its rollouts, in the order in which it let them in. */
async function delaysOf(stage: string): Promise<number[]> {
  const { events } = await world.client.workflow.getHandle(stage).fetchHistory();
  return (events ?? []).flatMap(({ startChildWorkflowExecutionInitiatedEventAttributes: started }) => {
    const data = started?.input?.payloads?.[0]?.data;
    if (!data) return [];
    return [(JSON.parse(Buffer.from(data).toString()) as { delayMs?: number }).delayMs ?? 0];
  });
}
