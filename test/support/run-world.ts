import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import type { PolicyChoice } from '../../activities/policies/create-policy.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { beating } from './beating.ts';
import { eventually } from './eventually.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { fakeTraining } from './fake-training.ts';
import { gatedPolicy } from './gated-policy.ts';
import { trainingRecipe } from './recipes.ts';
import { runsOf } from './runs.ts';
import { openWorld, type World, type WorldOptions } from './workflows.ts';

/** What can be held up: sandboxes do not open, jobs wait, the policy's provider refuses its key. */
const NONE = { sandboxes: false, jobs: false, key: false };

/** Turns of one rollout of the gated policy. */
export const TURNS = 3;

type RunWorldOptions = Partial<WorldOptions> & {
  /** Policies that are not held up, by name. */
  policies?: Record<string, () => Policy>;
};

/**
 * A world in which a run goes as a test wants: turns wait for its leave, jobs may be held, sandboxes may not open. Called at a
 * file's top.
 */
export function runWorld({ policies = {}, ...more }: RunWorldOptions = {}) {
  const policy = gatedPolicy({ inputTokens: 10, outputTokens: 1 });
  const training = fakeTraining();
  const stops = { ...NONE };
  const sandboxes = fakeSandboxes();
  const failing = {
    ...sandboxes,
    open: (spec: Parameters<typeof sandboxes.open>[0]) =>
      stops.sandboxes ? Promise.reject(new Error('no space left on device')) : sandboxes.open(spec),
  };
  const refusing: Policy = {
    async nextTurn(...asked) {
      if (stops.key) throw failureOf(new ModelError('unauthorised', 'the provider refuses the key'));
      return policy.nextTurn(...asked);
    },
  };
  const jobs = { asked: 0 };
  async function runJob(input: Parameters<typeof training.activities.runJob>[0]) {
    jobs.asked += 1;
    const { cancellationSignal } = Context.current();
    await beating(() => eventually(() => !stops.jobs || cancellationSignal.aborted));
    if (cancellationSignal.aborted) await Context.current().cancelled;
    return training.activities.runJob(input);
  }
  const opened: { world?: World } = {};
  const world = (): World => opened.world as World;
  beforeAll(async () => {
    const instead = { ...training.activities, runJob, ...more.instead };
    const policyOf = ({ name }: PolicyChoice): Policy => policies[name]?.() ?? refusing;
    opened.world = await openWorld({ sandboxes: failing, policy: policyOf, ...more, instead });
  });
  afterAll(() => world().close());
  beforeEach(() => {
    policy.leave(-policy.left());
    Object.assign(stops, NONE);
    jobs.asked = 0;
  });
  const runs = runsOf(world);
  const start = (name: string, recipe: object = trainingRecipe()): Promise<WorkflowHandle> =>
    runs.start(recipe, `${world().run}-${name.replace('/', '-')}`);
  return {
    world,
    policy,
    training,
    stops,
    jobs,
    start,
    status: runs.statusOf,
    decide: runs.decide,
    /** Until it is in a state, and waits for something like this. */
    until: (handle: WorkflowHandle, state: string, waitsFor = ''): Promise<void> =>
      eventually(async () => {
        const status = await runs.statusOf(handle);
        return status.state === state && (status.waitsFor ?? '').includes(waitsFor);
      }),
  };
}
