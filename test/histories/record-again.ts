import { beforeEach, test } from '@jest/globals';
import { beating } from '../support/beating.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records runs that go on with what was done: a part of `npm run record-histories`. */
/** Holds up the end of stages. */
let hold = false;
beforeEach(() => void (hold = false));
const { world, policy, start, status } = runWorld({
  around: ({ closeStage }) => ({
    async closeStage(input) {
      await beating(() => eventually(() => !hold));
      return closeStage(input);
    },
  }),
});
const [distill, evaluate] = tinyRecipe()['stages'] as [object, object];
/** Two rollouts of a teacher, one after the other, and an evaluation. */
const recipe = (changes: object = {}) =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    stages: [{ ...distill, concurrency: 1 }, evaluate],
    ...changes,
  });

/** A run that has come to its end. */
async function done(name: string): Promise<string> {
  policy.leave(3 * TURNS);
  const handle = await start(name, recipe());
  await handle.result();
  return handle.workflowId;
}

test('again', () =>
  record(world(), 'again', async () => {
    policy.leave(TURNS);
    const first = await start('again', recipe());
    await eventually(async () => policy.waiting() === 1 && (await status(first)).scored === 1);
    await first.terminate('the server was lost');
    await eventually(() => policy.waiting() === 0);
    policy.leave(2 * TURNS);
    const again = await start('again', recipe());
    await again.result();
    return { run: again.workflowId };
  }));

/** The stage of the first is still ending when the second would begin it. */
test('again-at-once', () =>
  record(world(), 'again-at-once', async () => {
    hold = true;
    const first = await start('again-at-once', recipe());
    await eventually(() => policy.waiting() === 1);
    await first.terminate('the wrong window');
    const again = await start('again-at-once', recipe());
    await eventually(async () => {
      const { events } = await again.fetchHistory();
      return (events ?? []).some((event) => event.startChildWorkflowExecutionFailedEventAttributes);
    });
    hold = false;
    await eventually(async () => policy.waiting() === 0);
    policy.leave(10 * TURNS);
    await again.result();
    return { run: again.workflowId };
  }));

test('resumed', () =>
  record(world(), 'resumed', async () => {
    const old = await done('resumed-old');
    const handle = await start('resumed', recipe({ resumeFrom: old }));
    await handle.result();
    return { run: handle.workflowId };
  }));

test('forked', () =>
  record(world(), 'forked', async () => {
    const old = await done('forked-old');
    policy.leave(TURNS);
    const stages = [distill, { ...evaluate, timeout: '200s' }];
    const handle = await start('forked', recipe({ forkFrom: { run: old, stage: 'distill' }, stages }));
    await handle.result();
    return { run: handle.workflowId };
  }));
