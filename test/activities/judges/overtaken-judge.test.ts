import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { gradeByChecks, type CheckJudging } from '../../../activities/judges/grade-by-checks.ts';
import { chooseSandbox } from '../../../activities/sandboxes/choose.ts';
import type { SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { rubricNode } from '../../../core/rubric/node.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { putSubmission } from '../../support/workspaces.ts';
import { LIMITS, sandboxFolder } from '../sandboxes/support.ts';

const folder = temporaryFolders();
const ID = 'run.distill.0.task.0.judge';
const RUBRIC = rubricNode({
  id: 'root',
  requirements: 'all is done',
  weight: 1,
  sub_tasks: ['waited', 'ran'].map((id) => ({
    id,
    requirements: id,
    weight: 1,
    sub_tasks: [],
    task_category: 'Code Execution',
  })),
});
const CHECKS = {
  waited: { command: 'touch began; until test -f go; do sleep 0.02; done', expect: { exitCode: 0 } },
  ran: { command: 'cat log.txt', expect: { exitCode: 0 } },
};

/** A provider whose sandboxes fill only when the test says so, as for a worker that was stopped just then. */
function stopped(inner: SandboxProvider) {
  let wake = (): void => undefined;
  const awake = new Promise<void>((resolve) => (wake = resolve));
  const provider: SandboxProvider = {
    ...inner,
    async open(spec) {
      const { sandbox, found } = await inner.open(spec);
      return { sandbox: { ...sandbox, restore: (...given) => awake.then(() => sandbox.restore(...given)) }, found };
    },
  };
  return { provider, wake: () => wake() };
}

test('a judge that was stopped, and overtaken by its next attempt, spoils nothing when it wakes', async () => {
  const [store, home] = [createFolderStore(folder()), folder()];
  const { provider } = await chooseSandbox({ home, unsafe: false });
  const submission = store.path(store.keyOf(await putSubmission(store, { 'log.txt': 'done\n' }, { folder: folder() })));
  const judging = (epoch: number): CheckJudging => ({
    rubric: RUBRIC,
    checks: CHECKS,
    submission,
    sandbox: { id: ID, labels: { run: 'run', rollout: 'run.distill.0.task.0' }, epoch },
    limits: LIMITS,
    signal: new AbortController().signal,
  });
  const workspace = join(sandboxFolder(home, ID), 'workspace');
  const sleeper = stopped(provider);
  const first = gradeByChecks(sleeper.provider, judging(1));
  first.catch(() => undefined);
  await eventually(async () => (await provider.list()).length === 1);
  const second = gradeByChecks(provider, judging(2));
  await eventually(() => existsSync(join(workspace, 'began')));
  sleeper.wake();
  await expect(first).rejects.toThrow('epoch 1 is older than 2');
  writeFileSync(join(workspace, 'go'), '');
  expect((await second).map(({ leaf, score }) => [leaf, score])).toEqual([
    ['waited', 1],
    ['ran', 1],
  ]);
  expect(await provider.list()).toEqual([]);
});
