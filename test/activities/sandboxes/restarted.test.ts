import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import type { SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { RESTARTED, run, runs, spec, supervisorOf, until, withHome } from './support.ts';

/** A sandbox whose supervisor has died after a call, opened again. */
async function reopened(home: string, provider: SandboxProvider) {
  const { sandbox } = await provider.open(spec());
  await run(sandbox, 'echo kept', { callId: 'before' });
  await sandbox.detach();
  process.kill(supervisorOf(home), 'SIGKILL');
  const again = await provider.open(spec());
  expect(again.found).toBe('reopened');
  return again.sandbox;
}

test('the first new call after a supervisor has died says so, once; a call that is answered from the journal does not', async () => {
  await withHome(async (home, provider) => {
    const sandbox = await reopened(home, provider);
    const before = await run(sandbox, 'false', { callId: 'before' });
    expect(before).toMatchObject({ output: 'kept\n', replayed: true });
    expect(before.restarted).toBeUndefined();
    expect(await run(sandbox, 'echo on')).toMatchObject({ output: `on\n${RESTARTED}`, restarted: true });
    const after = await run(sandbox, 'echo on');
    expect(after.output).toBe('on\n');
    expect(after.restarted).toBeUndefined();
  });
});

test('a snapshot in between, which nobody reads, does not take it away', async () => {
  await withHome(async (home, provider) => {
    const sandbox = await reopened(home, provider);
    await sandbox.snapshot(join(home, 'out.tar'));
    expect(await run(sandbox, 'echo on')).toMatchObject({ output: `on\n${RESTARTED}`, restarted: true });
  });
});

test('a call that was interrupted says it, and the next one need not', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const call = run(sandbox, 'touch file; sleep 30', { callId: 'cut' });
    await until(async () => (await run(sandbox, 'test -e file')).exitCode === 0, 'the call has begun');
    process.kill(supervisorOf(home), 'SIGKILL');
    expect(await call).toMatchObject({ ended: 'interrupted', output: expect.stringContaining(RESTARTED) });
    expect((await run(sandbox, 'echo on')).output).toBe('on\n');
  });
});

test('a worker that comes back to a live sandbox is told nothing', async () => {
  await withHome(async (_home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'true');
    await sandbox.detach();
    expect((await run((await provider.open(spec())).sandbox, 'echo on')).output).toBe('on\n');
  });
});

test.each([
  { left: 'nothing', command: 'true', said: '' },
  { left: 'a program', command: 'sleep 30 > /dev/null 2>&1 &', said: RESTARTED },
])(
  'after a sandbox that was idle has ended with $left running, the next call says "$said"',
  async ({ command, said }) => {
    await withHome(async (home, provider) => {
      const { sandbox } = await provider.open(spec({ idleSeconds: 0.3 }));
      await run(sandbox, command);
      const pid = supervisorOf(home);
      await until(() => !runs(pid), 'the supervisor ends');
      expect((await run(sandbox, 'echo on')).output).toBe(`on\n${said}`);
      process.kill(supervisorOf(home), 'SIGKILL');
      expect((await run(sandbox, 'echo on')).output).toBe(`on\n${RESTARTED}`);
    });
  },
);
