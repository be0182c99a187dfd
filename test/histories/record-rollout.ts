import { beforeEach, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import type { Tuning } from '../../core/tuning.ts';
import { beating } from '../support/beating.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe, trainingRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records what may happen to a rollout that was played, and to a checkpoint's: a part of `npm run record-histories`. */
const special = { away: 0, reproduces: false, syncing: 0, syncs: true };
beforeEach(() => void Object.assign(special, { away: 0, reproduces: false, syncing: 0, syncs: true }));
const { world, policy, start, decide } = runWorld({
  instead: {
    async syncWeights({ checkpoint }: { checkpoint: string }) {
      special.syncing += 1;
      if (!special.syncs) await beating(() => Context.current().cancelled);
      return { version: checkpoint, drained: [] };
    },
    checkTuning: async ({ tuning }: { tuning: Tuning }) => tuning,
    overruleMonitor: async () => ({ before: 0, now: 1 }),
    reproduceSubmission: async () => ({ uri: 'store:none', sha256: '', bytes: 0 }),
  },
  around: (own) => ({
    async runAgent(input) {
      const played = await own.runAgent(input);
      return special.reproduces && played.end !== 'paused' ? { ...played, reproduce: '1m' } : played;
    },
    async judge({ reproduction: _nothing, ...input }) {
      if (special.away-- > 0) throw failureOf(new ModelError('unavailable', 'nobody is there', { retryAfter: 0.01 }));
      return own.judge(input);
    },
  }),
});
const [, evaluate] = tinyRecipe()['stages'] as [object, object];
/** One evaluation of one paper. */
const recipe = tinyRecipe({ tasks: { type: 'micropapers', train: 1, heldout: 1 }, stages: [evaluate] });

/** For longer than the patience of all attempts, which are five. */
test.each(['judge-away', 'before/judging-waits'])('%s', (path) =>
  record(world(), path, async () => {
    special.away = 7;
    policy.leave(TURNS);
    const handle = await start(path, { ...recipe, maxInfraFailedShare: 1 });
    await handle.result();
    return { run: handle.workflowId };
  }),
);

test('reproduced', () =>
  record(world(), 'reproduced', async () => {
    special.reproduces = true;
    policy.leave(TURNS);
    const handle = await start('reproduced', recipe);
    await handle.result();
    return { run: handle.workflowId };
  }));

test('overruled', () =>
  record(world(), 'overruled', async () => {
    const handle = await start('overruled', recipe);
    await eventually(() => policy.waiting() === 1);
    const rollout = `${handle.workflowId}.evaluate-idle.heldout.a.0`;
    await decide(handle, 'tune', { overrule: { rollout, reason: 'it got nothing' } });
    policy.leave(TURNS);
    await handle.result();
    return { run: handle.workflowId };
  }));

const student = trainingRecipe()['student'] as object;
const server = { type: 'sglang', url: ['http://a.internal:30000'], model: 'student' };
const outside = { ...trainingRecipe(), student: { ...student, server } };

test('outside', () =>
  record(world(), 'outside', async () => {
    policy.leave(3 * TURNS);
    const handle = await start('outside', outside);
    await handle.result();
    return { run: handle.workflowId };
  }));

test.each(['outside-aborted', 'before/cancelled-before-it-plays'])('%s', (path) =>
  record(world(), path, async () => {
    special.syncs = false;
    policy.leave(3 * TURNS);
    const handle = await start(path, outside);
    await eventually(() => special.syncing === 1);
    await decide(handle, 'abort', { reason: 'enough' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);
