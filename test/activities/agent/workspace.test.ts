import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { openWorkspace, TASK_MOUNT } from '../../../activities/agent/workspace.ts';
import type { Sandbox } from '../../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { fakeSandboxes } from '../../support/fake-sandboxes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { spec } from '../sandboxes/support.ts';

const root = temporaryFolder();
const START = [{ source: '/nowhere', target: TASK_MOUNT }];
const labels = { run: 'run', rollout: 'run.distill.0.task.0' };
const COPIED = `cp -r ${TASK_MOUNT}/. .`;

type Op = 'exec' | 'restore';
type When = 'before' | 'after';

let rooms = 0;

/** A rollout's place, in which the next operation of a name can be cut short by the death of who asked. */
function room(mounts = START) {
  rooms += 1;
  const store = createFolderStore(`${root}/${rooms}`);
  const sandboxes = fakeSandboxes();
  let cut: { op: Op; when: When } | undefined;
  const mortal = async <T>(op: Op, work: () => Promise<T>): Promise<T> => {
    if (cut?.op !== op) return work();
    const { when } = cut;
    cut = undefined;
    if (when === 'after') await work();
    throw new Error('killed');
  };
  const guarded = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    exec: (request) => mortal('exec', () => sandbox.exec(request)),
    restore: (file, epoch) => mortal('restore', () => sandbox.restore(file, epoch)),
  });
  const provider = {
    ...sandboxes,
    open: async (wanted: Parameters<typeof sandboxes.open>[0]) => {
      const { sandbox, found } = await sandboxes.open(wanted);
      return { sandbox: guarded(sandbox), found };
    },
  };
  const scratch = `${root}/scratch-${rooms}`;
  let epoch = 0;
  return {
    sandboxes,
    cut: (op: Op, when: When): void => void (cut = { op, when }),
    open: (turns = 0, played = -1) => {
      epoch += 1;
      return openWorkspace({ store, sandboxes: provider, scratch }, spec({ mounts, labels }), { epoch, turns, played });
    },
  };
}

/** What was done in the sandbox that there is now, by its snapshot. */
async function contentOf({ sandbox }: { sandbox: Sandbox }, file: string): Promise<string[]> {
  await sandbox.snapshot(`${root}/${file}`);
  return JSON.parse(readFileSync(`${root}/${file}`, 'utf8')) as string[];
}

const work = (sandbox: Sandbox, command: string, epoch: number) =>
  sandbox.exec({ callId: command, command, epoch, timeoutSeconds: 1 });

test('a new sandbox gets the starting files once: whoever attaches to it finds them', async () => {
  const { open, sandboxes } = room();
  await open();
  const again = await open();
  expect(again.notice).toBeUndefined();
  expect(sandboxes.effects).toEqual([`test.one/start: ${COPIED}`]);
});

test.each<When>(['before', 'after'])(
  'an attempt that dies just %s the copy leaves no empty workspace',
  async (when) => {
    const { open, cut } = room();
    cut('exec', when);
    await expect(open()).rejects.toThrow('killed');
    expect(await contentOf(await open(), `copy-${when}`)).toEqual([COPIED]);
  },
);

test.each<[Op, When]>([
  ['restore', 'before'],
  ['restore', 'after'],
  ['exec', 'before'],
])(
  'where filling from a snapshot dies at %s, just %s it, the next attempt fills anew and says so',
  async (op, when) => {
    const { open, cut, sandboxes } = room();
    const first = await open();
    await work(first.sandbox, 'echo one', 1);
    await first.checkpoint(1);
    await work(first.sandbox, 'echo two', 1);
    sandboxes.loseAll();
    cut(op, when);
    await expect(open(2)).rejects.toThrow('killed');
    const next = await open(2);
    expect(next.notice).toBe('[the machine was replaced: the effects of the last 1 turns are lost]');
    expect(await contentOf(next, `restored-${op}-${when}`)).toEqual([COPIED, 'echo one', 'true']);
  },
);

test('a workspace that begins empty is never taken for one whose filling was cut short', async () => {
  const { open } = room([]);
  const { sandbox } = await open();
  await work(sandbox, 'echo one', 1);
  const next = await open(1);
  expect(next.notice).toBeUndefined();
  expect(await contentOf(next, 'empty')).toEqual(['true', 'echo one']);
});

test('a sandbox that has seen the last turn played is gone on in; one that was overtaken elsewhere is filled anew', async () => {
  const { open } = room();
  const first = await open();
  await first.checkpoint(1);
  await work(first.sandbox, 'echo two', 1);
  const again = await open(2, 1);
  expect(again.notice).toBeUndefined();
  expect(await contentOf(again, 'seen')).toEqual([COPIED, 'echo two']);
  const overtaken = await open(3, 3);
  expect(overtaken.notice).toBe('[the machine was replaced: the effects of the last 2 turns are lost]');
  expect(await contentOf(overtaken, 'overtaken')).toEqual([COPIED, 'true']);
});

test('a snapshot of an attempt that was overtaken takes no newer one away', async () => {
  const { open, sandboxes } = room();
  const first = await open();
  await first.checkpoint(5);
  await first.checkpoint(3);
  sandboxes.loseAll();
  expect((await open(6)).notice).toContain('the last 1 turns');
});
