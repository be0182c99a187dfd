import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import type { Sandbox, SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { reproductionTable, touched } from './reproduction-table.ts';

const folder = temporaryFolders();
const table = (files: Record<string, string>, changes: { timeout?: string; retryUnder?: string } = {}) =>
  reproductionTable(folder, files, changes);

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
  const { attempt } = await table(
    { 'reproduce.sh': 'echo x > early.csv; sleep 60; echo y > late.csv\n' },
    { timeout: '1s' },
  );
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
  const { attempt, workspace } = await table({
    'reproduce.sh': 'echo run >> runs.csv; until test -f go; do sleep 0.05; done; echo end >> runs.csv\n',
  });
  const dies = new AbortController();
  const first = attempt({ signal: dies.signal });
  first.catch(() => undefined);
  await eventually(() => existsSync(join(workspace, 'runs.csv')));
  dies.abort(new Error('killed'));
  await expect(first).rejects.toThrow('killed');
  const next = attempt();
  writeFileSync(join(workspace, 'go'), '');
  expect(touched((await next).result)).toContain('runs.csv 8 created');
});

test('a sandbox that attempts left before the submission was in it is made anew, however many of them died', async () => {
  const { attempt, sandboxes } = await table({ 'reproduce.sh': 'echo x > made.csv\n' });
  const dies = async (): Promise<never> => Promise.reject(new Error('killed'));
  await expect(attempt({ sandboxes: changed(sandboxes, { restore: dies }) })).rejects.toThrow('killed');
  await expect(attempt({ sandboxes: changed(sandboxes, { close: dies }) })).rejects.toThrow('killed');
  expect((await attempt()).result).toMatchObject({ hasScript: true, exitCode: 0 });
});

test('a run whose sandbox is restarted before it was looked at is made again, and never taken for one that touched nothing', async () => {
  const { attempt, sandboxes, workspace } = await table({
    'data.csv': '1\n',
    'reproduce.sh': 'cp data.csv x; cat x > data.csv\n',
  });
  const lock = join(dirname(workspace), 'lock');
  const dying: SandboxProvider = {
    ...sandboxes,
    open: async (spec) => {
      const { sandbox, found } = await sandboxes.open(spec);
      const exec: Sandbox['exec'] = async (request, signal) => {
        const result = await sandbox.exec(request, signal);
        if (request.callId === 'reproduce') process.kill(Number.parseInt(readFileSync(lock, 'utf8'), 10), 'SIGKILL');
        return result;
      };
      return { sandbox: { ...sandbox, exec }, found };
    },
  };
  await expect(attempt({ sandboxes: dying })).rejects.toThrow('was restarted before touched');
  expect(touched((await attempt()).result)).toContain('data.csv 2 same');
});

const changed = (inner: SandboxProvider, changes: Partial<Sandbox>): SandboxProvider => ({
  ...inner,
  open: async (spec) => {
    const { sandbox, found } = await inner.open(spec);
    return { sandbox: { ...sandbox, ...changes }, found };
  },
});

test('a virtual environment is one, and is no part of what the run left', async () => {
  const { attempt } = await table(
    { 'reproduce.sh': 'echo "in $VIRTUAL_ENV"; command -v python3\n' },
    { retryUnder: '50s' },
  );
  const { result, log } = await attempt();
  expect(result.way).toMatch(/venv$/);
  expect(log).toMatch(/^in (\/tmp\/longhaul-python-\w+\/venv)\n\1\/bin\/python3\n$/);
  expect(touched(result).map((line) => line.split(' ')[0])).toEqual(['reproduce.log']);
});

test('run again by other settings it is kept beside: what an earlier verdict names stays as it was', async () => {
  const { attempt, store } = await table({ 'reproduce.sh': 'date +%s%N > when.csv\n' });
  const first = await attempt();
  const bytes = await store.read(store.keyOf(first.result.left));
  const other = await attempt({ timeout: '30s' });
  expect(other.result.timeout).toBe('30s');
  expect(await store.readJson(store.keyOf(first.named))).toEqual(JSON.parse(JSON.stringify(first.result)));
  expect(await store.read(store.keyOf(first.result.left))).toEqual(bytes);
  expect((await attempt({ timeout: '30s' })).named).toEqual(other.named);
  expect((await attempt()).named).toEqual(first.named);
});
