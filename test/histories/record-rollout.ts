import { beforeEach, test } from '@jest/globals';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import type { Tuning } from '../../core/tuning.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe, trainingRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records what may happen to a rollout that was played, and to a checkpoint's: a part of `npm run record-histories`. */
const special = { away: 0, reproduces: false };
beforeEach(() => void Object.assign(special, { away: 0, reproduces: false }));
const { world, policy, start, decide } = runWorld({
  instead: {
    syncWeights: async ({ checkpoint }: { checkpoint: string }) => ({ version: checkpoint, drained: [] }),
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

test('outside', () =>
  record(world(), 'outside', async () => {
    policy.leave(3 * TURNS);
    const student = trainingRecipe()['student'] as object;
    const server = { type: 'sglang', url: ['http://a.internal:30000'], model: 'student' };
    const handle = await start('outside', { ...trainingRecipe(), student: { ...student, server } });
    await handle.result();
    return { run: handle.workflowId };
  }));
