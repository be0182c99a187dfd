import { beforeEach, test } from '@jest/globals';
import type { StageStatus } from '../../core/status.ts';
import { beating } from '../support/beating.ts';
import { eventually } from '../support/eventually.ts';
import { paged } from '../support/paged.ts';
import { tinyRecipe, trainingRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records how stages admit their rollouts, page by page and as the judge allows: a part of `npm run record-histories`. */
const limits = { page: Infinity, judging: false };
beforeEach(() => void Object.assign(limits, { page: Infinity, judging: false }));
const { world, policy, training, start, decide, status } = runWorld({
  around: (own) => ({
    planStage: (input) => paged(own.planStage, limits.page)(input),
    async judge(input) {
      await beating(() => eventually(() => !limits.judging));
      return own.judge(input);
    },
  }),
});
const distill = { type: 'distill', policy: 'teacher', timeout: '1500s', accept: { minScore: 0 } };
/** Rollouts of a teacher, two at a time. */
const recipe = (rolloutsPerTask: number, admission: object = {}) =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    stages: [{ ...distill, rolloutsPerTask, concurrency: 2 }],
    admission,
  });

test('paged', () =>
  record(world(), 'paged', async () => {
    limits.page = 1;
    const [init, distilled, sft, evaluate] = trainingRecipe()['stages'] as object[];
    const stages = [init, distilled, sft, { ...evaluate, rolloutsPerTask: 2 }];
    const handle = await start('paged', { ...trainingRecipe(), stages });
    await eventually(() => policy.waiting() === 1);
    await decide(handle, 'tune', { concurrency: 3 });
    policy.leave(4 * TURNS);
    await handle.result();
    return { run: handle.workflowId };
  }));

test('paged-skipped', () =>
  record(world(), 'paged-skipped', async () => {
    limits.page = 1;
    const handle = await start('paged-skipped', recipe(3));
    policy.leave(TURNS);
    await eventually(async () => policy.waiting() === 1 && (await status(handle)).scored === 1);
    await decide(handle, 'skip');
    await handle.result();
    return { run: handle.workflowId };
  }));

/** It is told to end while what served its first page is still to stop. */
test('paged-between', () =>
  record(world(), 'paged-between', async () => {
    limits.page = 1;
    training.stops.slowly = true;
    const evaluate = { type: 'evaluate', policies: ['untrained'], rolloutsPerTask: 2, timeout: '100s' };
    const stages = [{ type: 'init', name: 'untrained', model: { mode: 'copying' } }, evaluate];
    const handle = await start('paged-between', { ...trainingRecipe(), stages });
    policy.leave(TURNS);
    await eventually(() => training.stops.now === 1);
    await decide(handle, 'skip');
    const stage = world().client.workflow.getHandle(`${handle.workflowId}.evaluate-untrained`);
    await eventually(async () => {
      const { events } = await stage.fetchHistory();
      return (events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes);
    });
    training.stops.slowly = false;
    await handle.result();
    return { run: handle.workflowId };
  }));

test('slow-judge', () =>
  record(world(), 'slow-judge', async () => {
    limits.judging = true;
    policy.leave(3 * TURNS);
    const handle = await start('slow-judge', recipe(3, { judgeQueue: 1, judgeAfter: '1s' }));
    const stage = world().client.workflow.getHandle(`${handle.workflowId}.distill`);
    await eventually(() => policy.left() === TURNS);
    await eventually(
      async () => (await stage.query<StageStatus & { waitingForJudge: number }>('status')).waitingForJudge === 2,
    );
    limits.judging = false;
    await handle.result();
    return { run: handle.workflowId, picks: { rollout: /\.0$/ } };
  }));

test('spread', () =>
  record(world(), 'spread', async () => {
    policy.leave(2 * TURNS);
    const handle = await start('spread', recipe(2, { spread: '2s' }));
    await handle.result();
    return { run: handle.workflowId, picks: { rollout: /\.1$/ } };
  }));
