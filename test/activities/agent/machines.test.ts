import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { openWorkspace, type Workspace } from '../../../activities/agent/workspace.ts';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { folderOf } from '../../../activities/sandboxes/folders.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { pidIn, run, spec } from '../sandboxes/support.ts';

const folder = temporaryFolders();
const labels = { run: 'run', rollout: 'run.distill.0.task.0' };

/** A rollout's attempts, on machines over one home. */
function rollout() {
  const [home, store] = [folder(), createFolderStore(folder())];
  const providers = new Map<string, ReturnType<typeof createBubblewrap>>();
  let epoch = 0;
  return {
    providers,
    async open(machine: string, before: { turns: number; played: number }): Promise<Workspace & { epoch: number }> {
      epoch += 1;
      const sandboxes = createBubblewrap({ home, machine });
      providers.set(machine, sandboxes);
      const workspace = await openWorkspace({ store, sandboxes, scratch: folder() }, spec({ labels }), {
        epoch,
        ...before,
      });
      return { ...workspace, epoch };
    },
    stop: (machine: string): boolean =>
      process.kill(pidIn(folderOf(join(realpathSync(home), 'sandboxes', machine), 'test.one')), 'SIGKILL'),
    async close() {
      for (const provider of providers.values()) await provider.destroy('test.one');
    },
  };
}

const write = ({ sandbox, epoch }: Workspace & { epoch: number }, line: string) =>
  run(sandbox, `echo ${line} >> file`, { epoch });
const read = async ({ sandbox, epoch }: Workspace & { epoch: number }) =>
  (await run(sandbox, 'cat file', { epoch })).output.trim().split('\n');

const [A, B] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

test.each([
  { becomes: 'is killed', dies: true },
  { becomes: 'cannot be reached', dies: false },
])(
  'when a machine $becomes, another one goes on from the last snapshot, and what it misses is said',
  async ({ dies }) => {
    const { open, stop, close } = rollout();
    const onA = await open(A, { turns: 0, played: -1 });
    await write(onA, 'one');
    await onA.checkpoint(1);
    await write(onA, 'two');
    if (dies) stop(A);
    const onB = await open(B, { turns: 2, played: onA.epoch });
    expect(onB.notice).toBe('[the machine was replaced: the effects of the last 1 turns are lost]');
    expect(await read(onB)).toEqual(['one']);
    await close();
  },
);

test('a machine that comes back after another has played on goes on from the snapshot, not from what it had', async () => {
  const { open, close } = rollout();
  const first = await open(A, { turns: 0, played: -1 });
  await write(first, 'one on A');
  await first.sandbox.detach();
  const onB = await open(B, { turns: 1, played: first.epoch });
  await write(onB, 'two on B');
  await onB.checkpoint(2);
  const again = await open(A, { turns: 2, played: onB.epoch });
  expect(again.notice).toBeUndefined();
  expect(await read(again)).toEqual(['two on B']);
  await close();
});

test('a machine that comes back after another has tried and played nothing goes on with what it had', async () => {
  const { open, close } = rollout();
  const first = await open(A, { turns: 0, played: -1 });
  await write(first, 'one on A');
  await first.sandbox.detach();
  await (await open(B, { turns: 1, played: first.epoch })).sandbox.detach();
  const again = await open(A, { turns: 1, played: first.epoch });
  expect(again.notice).toBeUndefined();
  expect(await read(again)).toEqual(['one on A']);
  await close();
});
