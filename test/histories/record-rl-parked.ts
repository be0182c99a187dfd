import { test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf, type RlRun } from '../support/rl-world.ts';
import { record, type Played } from '../support/recording.ts';

/** Records stages of RL that cannot go on by themselves: a part of `npm run record-histories`. */
const rl = rlTests();

interface Play {
  changes?: object;
  more?: object;
  picks?: Played['picks'];
}

/** Plays one task a step, if nothing else is said; its two rollouts end when the play says so. */
const play = (path: string, body: (run: RlRun) => Promise<void>, { changes, more, picks }: Play = {}) =>
  record(rl.world, path, async () => {
    const run = await rl.start({ tasksPerStep: 1, ...changes }, more);
    await body(run);
    await run.handle.result().catch(() => undefined);
    return { run: run.run, ...(picks && { picks }) };
  });
const ONE = { curriculum: [{ timeout: '60s', steps: 1 }] };
const parked = (run: RlRun) => eventually(async () => (await run.status()).state === 'parked');

test('rl-parked', () =>
  play(
    'rl-parked',
    async (run) => {
      rl.fake.table.broken = 'the loss is NaN';
      await eventually(() => rl.fake.table.asked.includes('untrained from null'));
      await parked(run);
      rl.fake.table.broken = undefined;
      await run.decide('resume');
      await tasksOf(rl.fake, 1, 1);
      rl.fake.table.broken = 'the loss is NaN';
      rl.fake.table.endsAll = true;
      await parked(run);
      rl.fake.table.broken = undefined;
      await run.decide('resume');
    },
    { changes: ONE },
  ));

/** What is in flight waits until the stage is given up. */
async function parkedWithOthersInFlight(run: RlRun): Promise<void> {
  const [one] = await tasksOf(rl.fake, 1, 1);
  await tasksOf(rl.fake, 2, 1);
  rl.fake.table.broken = 'the loss is NaN';
  rl.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2 });
  await parked(run);
}

test.each([
  ['rl-closed', 'skip'],
  ['rl-closed-aborted', 'abort'],
])('%s', (path, decision) =>
  play(
    path,
    async (run) => {
      await parkedWithOthersInFlight(run);
      await run.decide(decision);
    },
    { changes: { maxStaleness: 1 } },
  ),
);

/** Each rollout holds a sandbox for a second: not one more may begin. */
test('rl-budget', () =>
  play(
    'rl-budget',
    async (run) => {
      rl.fake.table.endsAll = true;
      await parked(run);
      await run.decide('tune', { budget: { sandboxSeconds: 100 } });
      await run.decide('resume');
    },
    { changes: ONE, more: { budget: { sandboxSeconds: 1 } } },
  ));

/** Each job takes a second; one made the policy, and the budget is raised while the stage plays. */
test('rl-budget-job', () =>
  play(
    'rl-budget-job',
    async (run) => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      await run.decide('tune', { budget: { gpuSeconds: 2.5 } });
      rl.fake.table.endsAll = true;
      await parked(run);
      await run.decide('skip');
      await eventually(() => !rl.fake.playing().includes(`1.${one}.0`));
    },
    { more: { budget: { gpuSeconds: 2.1 } } },
  ));

/** Three machines fail where a group has two members. */
test('rl-broken', () =>
  play(
    'rl-broken',
    async (run) => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      rl.fake.end({ [`1.${one}.0`]: 'fails', [`1.${one}.1`]: 'fails', [`1.${one}.2`]: 'fails' });
      await parked(run);
      await run.decide('abort');
    },
    { changes: ONE, picks: { rollout: /\.0$/ } },
  ));

test('rl-key', () =>
  play(
    'rl-key',
    async (run) => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      rl.fake.table.refuses = 'the provider refuses the key';
      rl.fake.end({ [`1.${one}.0`]: 0.1 });
      await parked(run);
      rl.fake.table.refuses = undefined;
      rl.fake.table.endsAll = true;
      await run.decide('resume');
    },
    { changes: ONE, picks: { rollout: /\.0$/ } },
  ));

/** It is heard of while the policy is trained: the step is closed first. */
test('rl-key-late', () =>
  play(
    'rl-key-late',
    async (run) => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      const [two] = await tasksOf(rl.fake, 2, 1);
      rl.fake.table.training = true;
      rl.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2 });
      await eventually(() => rl.fake.table.asked.includes('rl-60s-1 from untrained'));
      rl.fake.table.refuses = 'the provider refuses the key';
      rl.fake.end({ [`2.${two}.0`]: 0.1 });
      await eventually(async () => {
        const { events } = await run.stage.fetchHistory();
        return (events ?? []).some(
          ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'rolloutRefused',
        );
      });
      rl.fake.table.training = false;
      await parked(run);
      rl.fake.table.refuses = undefined;
      rl.fake.table.endsAll = true;
      await run.decide('resume');
    },
    { changes: { maxStaleness: 1 } },
  ));

/** The rollout fails, and another takes its place. */
test('before/refused-rollouts-wait', () =>
  play(
    'before/refused-rollouts-wait',
    async () => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      rl.fake.table.refuses = 'the provider refuses the key';
      rl.fake.end({ [`1.${one}.0`]: 0.1 });
      await eventually(() => rl.fake.playing().includes(`1.${one}.2`));
      rl.fake.table.refuses = undefined;
      rl.fake.table.endsAll = true;
    },
    { changes: ONE, picks: { rollout: /\.0$/ } },
  ));

/** Its stage and its run are ended by force, and later it is: nobody hears of it. */
test('rl-orphaned', () =>
  play(
    'rl-orphaned',
    async (run) => {
      const [one] = await tasksOf(rl.fake, 1, 1);
      await run.handle.terminate('the wrong window');
      await run.stage.terminate('the wrong window');
      await Promise.all([0, 1].map((member) => run.rollout(`1.${one}.${member}`).cancel()));
      await eventually(() => rl.fake.playing().length === 0);
    },
    { changes: ONE },
  ));
