import { beforeEach, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { tinyRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records what a webhook is told, and the janitor: a part of `npm run record-histories`. */
const broken = { hook: false, machine: false, store: false };
beforeEach(() => void Object.assign(broken, { hook: false, machine: false, store: false }));
const nothing = { sandboxes: 0, files: 0, leases: 0, rollouts: 0 };
const unless =
  <T>(what: keyof typeof broken, value: T) =>
  async (): Promise<T> => {
    if (broken[what]) throw ApplicationFailure.create({ type: 'Error', message: `no ${what}`, nonRetryable: true });
    return value;
  };
const { world, policy, start, decide, until } = runWorld({
  webhook: { url: 'https://example.com', secret: 'secret' },
  instead: {
    notify: unless('hook', undefined),
    sweepMachine: unless('machine', nothing),
    sweepStore: unless('store', nothing),
  },
});
const [, evaluate] = tinyRecipe()['stages'] as [object, object];
/** One evaluation of one paper, which a person must approve of. */
const recipe = tinyRecipe({
  tasks: { type: 'micropapers', train: 1, heldout: 1 },
  stages: [evaluate],
  approve: { before: ['evaluate-idle'] },
});

async function approved(name: string): Promise<string> {
  policy.leave(TURNS);
  const handle = await start(name, recipe);
  await until(handle, 'waiting');
  await decide(handle, 'approve');
  await handle.result();
  return handle.workflowId;
}

test('told', () => record(world(), 'told', async () => ({ run: await approved('told') })));

test('untold', () =>
  record(world(), 'untold', async () => {
    broken.hook = true;
    return { run: await approved('untold') };
  }));

test.each(['told-failed', 'before/failures-are-told'])('%s', (path) =>
  record(world(), path, async () => {
    const handle = await start(path, { ...recipe, resumeFrom: 'nobody' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);

test.each([
  ['swept', {}],
  ['half-swept', { machine: true }],
  ['unswept', { machine: true, store: true }],
])('%s', (path, fails) =>
  record(world(), path, async () => {
    Object.assign(broken, fails);
    const options = { workflowId: `${world().run}-${path}`, taskQueue: world().queue, args: [] };
    const handle = await world().client.workflow.start('janitor', options);
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);
