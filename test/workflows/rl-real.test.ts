import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { summarise, type JudgeInput } from '../../activities/judge.ts';
import { createPrepareTraining } from '../../activities/prepare-training.ts';
import { createRecipeReader } from '../../activities/recipes.ts';
import { recordOutcome } from '../../activities/record-outcome.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { createPolicyServing } from '../../activities/serve-policy.ts';
import { createPolicyServer } from '../../activities/serving/policy-server.ts';
import { createTrainerJobs } from '../../activities/trainer-job.ts';
import { createTrainers } from '../../activities/trainer/trainers.ts';
import { createWeightSync } from '../../activities/weight-sync.ts';
import { keys, rolloutId } from '../../core/names.ts';
import { report as reportSchema, type Report } from '../../core/report.ts';
import { finishedTurns } from '../../core/trajectory.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { rlRecipe } from '../support/rl-world.ts';
import { trainerPython } from '../support/trainer.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** Everything is real but sandboxes and judge: a random student, its trainer, its policy server, three steps of RL. */
const config = { hidden_size: 32, intermediate_size: 32, num_attention_heads: 4, num_key_value_heads: 4 };
const training = { learningRate: 0.01, minibatches: 2, threads: 1 };
const recipe = rlRecipe({ curriculum: [{ timeout: '60s', steps: 3 }], maxStaleness: 1, training });
const [init, ...stages] = recipe['stages'] as object[];
const given = {
  ...recipe,
  rollout: { clock: { type: 'virtual' }, heartbeat: '5s', maxTurns: 4 },
  stages: [{ ...init, model: { mode: 'copying', config } }, ...stages],
};
const closes: (() => Promise<unknown>)[] = [];
let world: World;
let report: Report;

beforeAll(async () => {
  const python = await trainerPython();
  const server = createPolicyServer({ python, host: '127.0.0.1' });
  const trainers = createTrainers(python);
  const devices = createDeviceAllocator({ devices: [], shared: [] });
  const draining = new AbortController().signal;
  const sandboxes = fakeSandboxes(() => ({ output: 'e01 acc=07' }));
  const late = (name: string) => [name, (input: never) => activities()[name]?.(input) as Promise<unknown>] as const;
  const activities = (): Record<string, (input: never) => unknown> => {
    const { store } = world;
    const recipe = createRecipeReader(store);
    return {
      ...createTrainerJobs({ store, trainers, devices, draining, politeMs: 0 }),
      ...createWeightSync({ store, recipe }),
      ...createPrepareTraining({ store, recipe }),
      servePolicy: serving().servePolicy,
      judge,
    };
  };
  let kept: ReturnType<typeof createPolicyServing> | undefined;
  const serving = () => (kept ??= createPolicyServing({ store: world.store, server, draining, checkEveryMs: 200 }));
  const names = ['runJob', 'syncWeights', 'prepareTraining', 'servePolicy', 'judge'];
  world = await openWorld({ sandboxes, instead: Object.fromEntries(names.map(late)) });
  closes.push(server.stop, trainers.stop, world.close);
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [given] };
    await (await world.client.workflow.start('train', options)).result();
  });
  report = reportSchema.parse(await world.store.readJson(keys.report(world.run)));
}, 180_000);
afterAll(() => Promise.all(closes.map((close) => close())));

/** Members of a group differ, so that there is something to learn. */
async function judge({ place, policy, played }: JudgeInput) {
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const outcome = {
    rollout: rolloutId(place),
    task: place.task,
    policy,
    outcome: 'scored',
    score: place.member % 2,
  } as const;
  return summarise(await recordOutcome(world.store, { ...outcome, end, turns, activeSeconds, sandboxSeconds, usage }));
}

const stepsOf = () => report.stages.find(({ name }) => name === 'rl-60s')?.rl?.steps ?? [];

test('each step trains the policy on what it sampled itself: recorded and recomputed log-probs are the same', () => {
  expect(stepsOf()).toHaveLength(3);
  for (const { trained, metrics, rows } of stepsOf()) {
    expect(trained).toBe(true);
    expect(rows).toBeGreaterThanOrEqual(4);
    expect(metrics['ratioMean']).toBeGreaterThan(0);
  }
  // On-policy in the first step, where nothing else can have sampled.
  expect(stepsOf()[0]?.metrics['mismatch']).toBeLessThan(1e-3);
  expect(stepsOf()[0]?.staleness).toEqual({ '0': 16 });
});

test('a later step is sampled by the policy that the step before left, and none is further behind than allowed', async () => {
  const lags = new Set(stepsOf().flatMap(({ staleness }) => Object.keys(staleness)));
  expect([...lags].every((lag) => lag === '0' || lag === '1')).toBe(true);
  const versions = new Set<string>();
  for (const rollout of await world.store.list(`${keys.run(world.run)}/rollouts`)) {
    const turns = finishedTurns(await readTurnLog(world.store.path(keys.turns(rollout))));
    for (const { acted } of turns) versions.add(acted.policyVersion.replace(/-[0-9a-f]{12}$/, ''));
  }
  expect(versions).toContain('untrained');
  expect(versions).toContain('rl-60s-1');
});

test('the penalty is measured to the policy that the stage started from: it grows from nothing', () => {
  const [first, , last] = stepsOf().map(({ metrics }) => metrics['kl'] ?? NaN);
  expect(last).toBeGreaterThan(0);
  expect(last).toBeGreaterThan(first ?? NaN);
});

test('the seconds of a step are where it says', () => {
  for (const { seconds, slots } of stepsOf()) {
    const { total, ...parts } = seconds;
    const sum = Object.values(parts).reduce((all, part) => all + part, 0);
    expect(sum).toBeLessThanOrEqual(total + 0.5);
    expect(slots.utilisation).toBeLessThanOrEqual(1);
  }
  expect(Math.max(...stepsOf().map(({ slots }) => slots.utilisation))).toBeGreaterThan(0);
});
