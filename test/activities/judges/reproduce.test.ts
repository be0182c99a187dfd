import { expect, test } from '@jest/globals';
import { reproduce, reproductionSandbox } from '../../../activities/judges/reproduce.ts';
import { readSubmission } from '../../../activities/judges/llm/submission.ts';
import { chooseSandbox } from '../../../activities/sandboxes/choose.ts';
import type { SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { reproduction, type Reproduction } from '../../../core/judging/reproduction.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { putSubmission } from '../../support/workspaces.ts';
import { LIMITS } from '../sandboxes/support.ts';

const folder = temporaryFolders();

/** A submission of these files, and how often it likes to be reproduced. */
async function table(files: Record<string, string>, timeout = '60s') {
  const [store, home] = [createFolderStore(folder()), folder()];
  const { provider: sandboxes } = await chooseSandbox({ home, unsafe: false });
  const submission = await putSubmission(store, files, { folder: folder() });
  const rollout = 'run.distill.0.one.0';
  const attempt = async (
    more: { signal?: AbortSignal; sandboxes?: SandboxProvider } = {},
  ): Promise<{ result: Reproduction; log: string | undefined; files: string[] }> => {
    const named = await reproduce(
      { store, sandboxes: more.sandboxes ?? sandboxes, scratch: folder() },
      { rollout, run: 'run', submission, timeout, limits: LIMITS, signal: more.signal ?? new AbortController().signal },
    );
    const result = reproduction.parse(await store.readJson(store.keyOf(named)));
    const left = await readSubmission(store.path(store.keyOf(result.left)));
    return { result, log: left.log, files: [...left.files.keys()] };
  };
  return { attempt, sandboxes, rollout, store };
}

const touched = ({ touched: files }: Reproduction): string[] =>
  files.map(({ path, bytes, change }) => `${path} ${bytes} ${change}`).toSorted();

test('a script is run on the submission alone, and what it made, changed and wrote again is told by its times', async () => {
  const { attempt, sandboxes } = await table({
    'reproduce.sh':
      'echo begins; echo acc=0.9 > results.csv; cp data.csv x; cat x > data.csv; echo more >> notes.md; rm old\n',
    'data.csv': '1,2\n',
    'notes.md': 'notes\n',
    'untouched.py': 'print(1)\n',
    old: 'gone',
  });
  const { result, log, files } = await attempt();
  expect(result).toMatchObject({ hasScript: true, exitCode: 0, ended: 'exit', removed: ['old'] });
  expect(touched(result)).toEqual([
    'data.csv 4 same',
    'notes.md 11 modified',
    'reproduce.log 7 created',
    'results.csv 8 created',
    'x 4 created',
  ]);
  expect(log).toBe('begins\n');
  expect(files).toEqual(['data.csv', 'notes.md', 'results.csv', 'untouched.py']);
  expect(await sandboxes.list()).toEqual([]);
});

test('a script that sets times back hides nothing', async () => {
  const { attempt } = await table({ 'reproduce.sh': 'echo x > results.csv; touch -d 2001-01-01 results.csv\n' });
  expect(touched((await attempt()).result)).toContain('results.csv 2 created');
});

test('a script that fails is a result with its log', async () => {
  const { attempt } = await table({ 'reproduce.sh': 'echo no data >&2; exit 3\n' });
  const { result, log } = await attempt();
  expect(result).toMatchObject({ exitCode: 3, ended: 'exit' });
  expect(log).toBe('no data\n');
});

test('a script that takes too long is cut, and what it had made until then stands', async () => {
  const { attempt } = await table({ 'reproduce.sh': 'echo x > early.csv; sleep 60; echo y > late.csv\n' }, '1s');
  const { result } = await attempt();
  expect(result).toMatchObject({ exitCode: null, ended: 'timeout' });
  expect(touched(result)).toEqual(['early.csv 2 created', 'reproduce.log 0 created']);
});

test('a submission without a script has run nothing and touched nothing', async () => {
  const { attempt } = await table({ 'README.md': 'nothing here\n' });
  const { result, log } = await attempt();
  expect(result).toMatchObject({ hasScript: false, exitCode: null, ended: 'none', touched: [], removed: [] });
  expect(log).toBeUndefined();
});

test('what an earlier attempt finished stands', async () => {
  const { attempt } = await table({ 'reproduce.sh': 'date +%N > results.csv\n' });
  const first = await attempt();
  expect(await attempt()).toEqual(first);
});

test('an attempt that died leaves the script running, and the next one waits for that very run', async () => {
  const { attempt, sandboxes, rollout } = await table({
    'reproduce.sh': 'echo run >> runs.csv; sleep 2; echo end >> runs.csv\n',
  });
  const dies = new AbortController();
  const first = attempt({ signal: dies.signal });
  first.catch(() => undefined);
  await eventually(async () => (await sandboxes.list()).some(({ id }) => id === reproductionSandbox(rollout)));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  dies.abort(new Error('killed'));
  await expect(first).rejects.toThrow('killed');
  const { result } = await attempt();
  expect(touched(result)).toContain('runs.csv 8 created');
});
