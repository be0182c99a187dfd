import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ExecRequest, Sandbox, SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { reproductionTable } from './reproduction-table.ts';

const folder = temporaryFolders();
const table = (files: Record<string, string>, changes: { timeout?: string; retryUnder?: string } = {}) =>
  reproductionTable(folder, files, changes);

/** A machine that says that it has these ways, and names the way in WAY instead of preparing it. */
function machineWith(inner: SandboxProvider, ways: string[]): SandboxProvider {
  const through = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    exec: (request: ExecRequest, signal) => {
      const [call, way] = request.callId.split(/\.(.*)/);
      const command =
        call === 'ways' ? `printf '${ways.join('\\n')}'` : `WAY=${way}; export WAY; bash reproduce.sh > reproduce.log`;
      const isOurs = call === 'ways' || (call === 'reproduce' && way !== undefined);
      return sandbox.exec(isOurs ? { ...request, command } : request, signal);
    },
  });
  return {
    ...inner,
    open: async (spec) => {
      const { sandbox, found } = await inner.open(spec);
      return { sandbox: through(sandbox), found };
    },
  };
}

const SAYS_WAY = 'echo "${WAY:-plain} ${WAY:+$(ls)}"; echo x > made.csv\n';

test('a run that ends too soon is made again in other ways, each on the submission alone, and the last one counts', async () => {
  const { attempt, sandboxes } = await table({ 'reproduce.sh': SAYS_WAY }, { retryUnder: '30s' });
  const machine = machineWith(sandboxes, ['python3.11', 'venv']);
  const { result, log } = await attempt({ sandboxes: machine });
  expect(result.soon.map(({ way }) => way)).toEqual(['plain', 'python3.11', 'venv']);
  expect(result.soon[0]).toMatchObject({ ended: 'exit', exitCode: 0, log: 'plain \n' });
  expect(result.way).toBe('python3.11+venv');
  expect(log).toBe('python3.11+venv reproduce.log\nreproduce.sh\n');
  expect(await attempt({ sandboxes: machine })).toMatchObject({ result });
  expect(await sandboxes.list()).toEqual([]);
});

test('once a run lasts long enough it counts, and where the recipe asks for no retry the first one does', async () => {
  const lasting = `${SAYS_WAY}test -z "$WAY" || sleep 1.2\n`;
  const patient = await table({ 'reproduce.sh': lasting }, { retryUnder: '1s' });
  const machine = machineWith(patient.sandboxes, ['python3.11', 'venv']);
  const { result } = await patient.attempt({ sandboxes: machine });
  expect([result.way, result.soon.map(({ way }) => way)]).toEqual(['python3.11', ['plain']]);
  const plain = await table({ 'reproduce.sh': SAYS_WAY });
  const once = await plain.attempt({ sandboxes: machineWith(plain.sandboxes, ['venv']) });
  expect([once.result.way, once.result.soon]).toEqual(['plain', []]);
  const none = await table({ 'README.md': 'nothing here\n' }, { retryUnder: '30s' });
  expect((await none.attempt()).result).toMatchObject({ hasScript: false, way: 'plain', soon: [] });
});

test('an attempt that takes over in a later way repeats none of the runs before it', async () => {
  const { attempt, sandboxes, workspace } = await table(
    { 'reproduce.sh': `${SAYS_WAY}test -z "$WAY" || until test -f go; do sleep 0.05; done\n` },
    { retryUnder: '30s' },
  );
  const machine = machineWith(sandboxes, ['venv']);
  const dies = new AbortController();
  const first = attempt({ signal: dies.signal, sandboxes: machine });
  first.catch(() => undefined);
  await eventually(() => logIn(workspace).startsWith('venv'));
  dies.abort(new Error('killed'));
  await expect(first).rejects.toThrow('killed');
  const next = attempt({ sandboxes: machine });
  writeFileSync(join(workspace, 'go'), '');
  const { result, log } = await next;
  expect(result.soon.map(({ way }) => way)).toEqual(['plain']);
  expect(log).toBe('venv reproduce.log\nreproduce.sh\n');
});

/** Empty while there is none: one sandbox follows another in this place. */
function logIn(workspace: string): string {
  try {
    return readFileSync(join(workspace, 'reproduce.log'), 'utf8');
  } catch {
    return '';
  }
}
