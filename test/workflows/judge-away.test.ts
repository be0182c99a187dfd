import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCheckJudge } from '../../activities/judges/check.ts';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** What one activity may fail, and two more. */
const FAILURES = 7;
const sandboxes = fakeSandboxes();
let failed = 0;
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes,
    judge: () => () => async (submission) => {
      if (failed >= FAILURES) return createCheckJudge(sandboxes)(submission);
      failed += 1;
      const kind = failed % 2 === 0 ? 'rate-limited' : 'unavailable';
      throw failureOf(new ModelError(kind, 'nobody is there', { retryAfter: 0.01 }));
    },
  });
});
afterAll(() => world.close());

test('a provider that is away while a rollout is judged, for longer than the patience of all attempts, loses no rollout', async () => {
  const recipe = tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    stages: [{ type: 'distill', policy: 'teacher', rolloutsPerTask: 1, timeout: '1500s', accept: { minScore: 0 } }],
  });
  const ended = await world.whileWorking(() =>
    world.client.workflow.execute('train', {
      workflowId: `${world.run}-judge-away`,
      taskQueue: world.queue,
      args: [recipe],
    }),
  );
  expect(ended).toMatchObject({ state: 'completed', planned: 1, scored: 1, infraFailed: 0 });
  expect(failed).toBe(FAILURES);
});
