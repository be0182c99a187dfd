import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { SandboxLost } from '../../../activities/sandboxes/errors.ts';
import {
  firstProcessOf,
  hostProcesses,
  machineFolder,
  output,
  run,
  runs,
  sandboxFolder,
  spec,
  supervisorOf,
  until,
  withHome,
  withSandbox,
} from './support.ts';

test('a sandbox is new, then attached to by another worker, with its programs running on', async () => {
  await withHome(async (home, provider) => {
    const first = await provider.open(spec());
    expect(first.found).toBe('new');
    await run(first.sandbox, 'sleep 60 & echo $! > pid');
    await first.sandbox.detach();
    const second = await createBubblewrap({ home }).open(spec());
    expect(second.found).toBe('attached');
    expect(await run(second.sandbox, 'kill -0 $(cat pid)')).toMatchObject({ exitCode: 0 });
    await second.sandbox.close();
  });
});

test('after its supervisor was killed it is re-opened on its workspace, and none of its programs is left', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const mark = `sleep 66${process.pid}`;
    await run(sandbox, `echo kept > file; ${mark} &`);
    await sandbox.detach();
    process.kill(supervisorOf(home), 'SIGKILL');
    await until(() => hostProcesses(mark).length === 0, 'its programs end with it');
    const again = await provider.open(spec());
    expect(again.found).toBe('reopened');
    expect(await output(again.sandbox, 'cat file')).toBe('kept');
    await again.sandbox.close();
  });
});

test('an open client follows to the next supervisor by itself', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    await run(sandbox, 'echo kept > file');
    process.kill(supervisorOf(home), 'SIGKILL');
    expect(await output(sandbox, 'cat file')).toBe('kept');
  });
});

test('when its first process is killed, the call that ran says so and the next goes on in the workspace', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    const call = run(sandbox, 'echo kept > file; sleep 30');
    await until(async () => (await run(sandbox, 'test -e file')).exitCode === 0, 'the call has begun');
    process.kill(firstProcessOf(home), 'SIGKILL');
    expect(await call).toMatchObject({
      ended: 'interrupted',
      output: expect.stringContaining('the sandbox was restarted'),
    });
    expect(await output(sandbox, 'cat file')).toBe('kept');
  });
});

test('when it was restarted between calls, the next call says so', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    process.kill(firstProcessOf(home), 'SIGKILL');
    await until(() => !runs(firstProcessOf(home)), 'the first process is gone');
    expect(await run(sandbox, 'echo on')).toMatchObject({
      exitCode: 0,
      restarted: true,
      output: expect.stringMatching(/^on\n\[the sandbox was restarted/),
    });
    const after = await run(sandbox, 'echo on');
    expect(after).toMatchObject({ output: 'on\n' });
    expect(after.restarted).toBeUndefined();
  });
});

test('it ends itself after its idle time, keeps its workspace, and is not idle during a call', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec({ idleSeconds: 0.4 }));
    expect(await run(sandbox, 'sleep 1; echo kept > file')).toMatchObject({ exitCode: 0 });
    const pid = supervisorOf(home);
    await until(() => !runs(pid), 'the supervisor ends');
    expect((await provider.list()).map(({ id, alive }) => ({ id, alive }))).toEqual([{ id: 'test.one', alive: false }]);
    expect(await output(sandbox, 'cat file')).toBe('kept');
    await sandbox.close();
  });
});

test('closing leaves no process, no folder and no entry in the list, and may be done twice', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const mark = `sleep 55${process.pid}`;
    await run(sandbox, `mkdir -p locked/in; chmod 0 locked; (setsid ${mark} &)`);
    const [supervisor, first] = [supervisorOf(home), firstProcessOf(home)];
    expect((await provider.list())[0]).toMatchObject({
      id: 'test.one',
      labels: { run: 'test', rollout: 'one' },
      alive: true,
    });
    await sandbox.close();
    await sandbox.close();
    expect(hostProcesses(mark)).toEqual([]);
    await until(() => !runs(supervisor) && !runs(first), 'both are gone');
    expect(readdirSync(machineFolder(home))).toEqual([]);
    expect(await provider.list()).toEqual([]);
    await expect(run(sandbox, 'true')).rejects.toThrow(SandboxLost);
  });
});

test.each([
  { state: 'alive', signal: null },
  { state: 'dead', signal: 'SIGKILL' },
  { state: 'hanging', signal: 'SIGSTOP' },
] as const)('destroying by name removes a sandbox whose supervisor is $state', async ({ signal }) => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const mark = `sleep 44${process.pid}`;
    await run(sandbox, `${mark} &`);
    await sandbox.detach();
    if (signal) process.kill(supervisorOf(home), signal);
    await provider.destroy('test.one');
    expect(existsSync(sandboxFolder(home))).toBe(false);
    await until(() => hostProcesses(mark).length === 0, 'its programs are gone');
  });
});

test('a removal that was cut short is finished when sandboxes are listed', async () => {
  await withHome(async (home, provider) => {
    const left = join(machineFolder(home), '.gone-0123456789abcdef0123-999999999-1', 'workspace');
    mkdirSync(left, { recursive: true });
    expect(await provider.list()).toEqual([]);
    expect(readdirSync(machineFolder(home))).toEqual([]);
  });
});

test('destroying what is not there is no error', async () => {
  await withHome(async (_home, provider) => expect(provider.destroy('nobody')).resolves.toBeUndefined());
});

test('a client whose sandbox was destroyed by another is told so instead of getting an empty one', async () => {
  await withHome(async (_home, provider) => {
    const { sandbox } = await provider.open(spec());
    await provider.destroy('test.one');
    await expect(run(sandbox, 'ls')).rejects.toThrow(SandboxLost);
    expect(await provider.list()).toEqual([]);
  });
});

test('a call that runs while another destroys the sandbox has no result', async () => {
  await withHome(async (_home, provider) => {
    const { sandbox } = await provider.open(spec());
    const call = run(sandbox, 'touch file; sleep 30');
    call.catch(() => undefined);
    await until(async () => (await run(sandbox, 'test -e file')).exitCode === 0, 'the call has begun');
    await provider.destroy('test.one');
    await expect(call).rejects.toThrow(SandboxLost);
    expect(await provider.list()).toEqual([]);
  });
});

test('two workers that open one name at the same time share one sandbox', async () => {
  await withHome(async (home, provider) => {
    const opened = await Promise.all([provider, createBubblewrap({ home })].map((each) => each.open(spec())));
    expect(opened.map(({ found }) => found).toSorted()).toEqual(['attached', 'new']);
    await run(opened[0]!.sandbox, 'echo shared > file');
    expect(await output(opened[1]!.sandbox, 'cat file')).toBe('shared');
    await opened[0]!.sandbox.close();
  });
});

test('a home deeper than the address of a socket can hold works like any other', async () => {
  await withHome(async (home) => {
    const deep = join(home, 'd'.repeat(100), 'e'.repeat(100));
    mkdirSync(deep, { recursive: true });
    const { sandbox } = await createBubblewrap({ home: deep }).open(spec());
    expect(await output(sandbox, 'echo works')).toBe('works');
    await sandbox.close();
  });
});

test('what bubblewrap complains about is the error of opening', async () => {
  await withHome(async (_home, provider) => {
    const mounts = [{ source: '/does/not/exist', target: '/task' }];
    await expect(provider.open(spec({ mounts }))).rejects.toThrow('/does/not/exist');
    expect(await provider.list()).toEqual([]);
  });
});
