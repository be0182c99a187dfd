import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { openWorkspace, PAPER_MOUNT } from '../../../activities/agent/workspace.ts';
import { chooseSandbox } from '../../../activities/sandboxes/choose.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { writeTaskFolder } from '../../support/task-folders.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { spec } from '../sandboxes/support.ts';

const folder = temporaryFolders();

test('the paper lies read-only in a workspace that is otherwise empty, and is no part of the submission', async () => {
  const { provider: sandboxes } = await chooseSandbox({ home: folder(), unsafe: false });
  const store = createFolderStore(folder());
  const source = writeTaskFolder(folder(), 'one');
  const id = 'run.distill.0.one.0';
  const specification = spec({
    id,
    labels: { run: 'run', rollout: id },
    mounts: [{ source, target: PAPER_MOUNT }],
  });
  const workspace = await openWorkspace({ store, sandboxes, scratch: folder() }, specification, {
    epoch: 1,
    turns: 0,
    played: -1,
  });
  const exec = (callId: string, command: string) =>
    workspace.sandbox.exec({ callId, command, epoch: 1, timeoutSeconds: 20 });

  expect((await exec('a', 'ls; head -1 paper/paper.md')).output).toBe('paper\n# one\n');
  expect((await exec('b', 'echo x > paper/paper.md')).exitCode).not.toBe(0);
  await exec('c', 'echo "echo done" > reproduce.sh');
  const submission = await workspace.submit();
  const names = execFileSync('tar', ['-tf', store.path(store.keyOf(submission))], { encoding: 'utf8' });
  expect(names.split('\n').filter((name) => name !== '')).toEqual(['./', './reproduce.sh']);
  await workspace.sandbox.close();
});
