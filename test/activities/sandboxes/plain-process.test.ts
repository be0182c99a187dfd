import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { createPlainProcess } from '../../../activities/sandboxes/plain-process.ts';
import type { Sandbox, SandboxSpec } from '../../../activities/sandboxes/sandbox.ts';
import { LIMITS, hostProcesses, output, run, spec, supervisorOf, until, withHome, withSandbox } from './support.ts';

const inPlain = (over: Partial<SandboxSpec>, body: Parameters<typeof withSandbox>[1]) =>
  withSandbox(over, body, createPlainProcess);

test('a plain process answers as a sandbox does: exit codes, journal, cut output, a workspace', async () => {
  await inPlain({ limits: { ...LIMITS, outputBytes: 100 } }, async (sandbox) => {
    expect(await run(sandbox, 'echo x >> file; exit 3', { callId: 'a' })).toMatchObject({
      exitCode: 3,
      replayed: false,
    });
    expect(await run(sandbox, 'echo x >> file; exit 3', { callId: 'a' })).toMatchObject({
      exitCode: 3,
      replayed: true,
    });
    expect(await output(sandbox, 'cat file')).toBe('x');
    expect(await output(sandbox, 'seq 1000')).toContain('bytes of output left out');
  });
});

test('its environment is as clear as a sandbox’s', async () => {
  await inPlain({}, async (sandbox: Sandbox) => {
    const names = (await output(sandbox, 'env')).split('\n').map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['CUDA_VISIBLE_DEVICES', 'HOME', 'LONGHAUL_CALL', 'PATH', 'PWD']));
  });
});

test('a time-out kills its whole tree, also what detached itself; closing kills the rest', async () => {
  await inPlain({}, async (sandbox) => {
    const [left, cut] = [`sleep 22${process.pid}`, `sleep 21${process.pid}`];
    await run(sandbox, `(setsid ${left} &)`);
    const result = await run(sandbox, `(setsid env -i ${cut} > /dev/null &); sleep 30`, { timeoutSeconds: 0.4 });
    expect(result.ended).toBe('timeout');
    expect([hostProcesses(cut).length, hostProcesses(left).length]).toEqual([0, 1]);
    await sandbox.close();
    expect(hostProcesses(left)).toEqual([]);
  });
});

test('what it left running ends with its supervisor', async () => {
  await inPlain({}, async (sandbox, { home }) => {
    const mark = `sleep 23${process.pid}`;
    await run(sandbox, `(setsid env -i ${mark} > /dev/null &); ${mark} &`);
    expect(hostProcesses(mark)).toHaveLength(2);
    process.kill(supervisorOf(home), 'SIGKILL');
    await until(() => hostProcesses(mark).length === 0, 'both end');
    expect(await output(sandbox, 'echo on')).toBe('on');
  });
});

test('a bomb of processes is ended when it is seen', async () => {
  await inPlain({ limits: { ...LIMITS, processes: 10 } }, async (sandbox) => {
    const result = await run(sandbox, 'for i in $(seq 30); do sleep 20 & done; wait', { timeoutSeconds: 15 });
    expect(result).toMatchObject({ ended: 'killed', output: expect.stringContaining('more than 10 processes') });
  });
});

test('it has the virtual clock', async () => {
  await inPlain({ clock: 'virtual' }, async (sandbox) => {
    expect(await run(sandbox, 'sleep 50; echo on; sleep 60; echo off', { clockSeconds: 100 })).toMatchObject({
      ended: 'budget',
      output: 'on\n',
      slept: 100,
    });
  });
});

test('what a sandbox would have mounted is found under its name in commands, or in the workspace', async () => {
  await withHome(async (home, provider) => {
    writeFileSync(join(home, 'paper.md'), 'the paper\n');
    const mounts = [
      { source: home, target: '/task' },
      { source: join(home, 'paper.md'), target: '/workspace/in/paper.md' },
    ];
    const { sandbox } = await provider.open(spec({ mounts }));
    expect(await output(sandbox, "cp /task/paper.md . && cat paper.md '/task/paper.md' in/paper.md")).toBe(
      'the paper\nthe paper\nthe paper',
    );
    expect(await output(sandbox, 'echo a/task /tasks; cd /workspace && ls')).toBe('a/task /tasks\nin\npaper.md');
    await sandbox.close();
  }, createPlainProcess);
});

test('its workspace survives its supervisor, and is snapshotted and restored', async () => {
  await inPlain({}, async (sandbox, { home }) => {
    await run(sandbox, 'echo kept > file');
    await sandbox.snapshot(join(home, 'out.tar'));
    const pid = supervisorOf(home);
    process.kill(pid, 'SIGKILL');
    expect(await output(sandbox, 'cat file; rm file')).toBe('kept');
    await sandbox.restore(join(home, 'out.tar'), 1);
    expect(await output(sandbox, 'cat file')).toBe('kept');
    await until(() => supervisorOf(home) !== pid, 'another supervisor holds it');
  });
});
