import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { output, run, runs, spec, supervisorOf, until, withHome } from './support.ts';

/** For whom a supervisor hangs soon. */
const impatient = (home: string) => createBubblewrap({ home, patienceMs: 300 });

test('a supervisor that hangs is ended and the sandbox goes on: its call was interrupted, its workspace is intact', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const before = await run(sandbox, 'echo kept > file', { callId: 'before' });
    const call = run(sandbox, 'echo x >> file; sleep 30; echo y >> file', { callId: 'cut' });
    await until(async () => (await run(sandbox, 'grep -q x file')).exitCode === 0, 'the call has begun');
    await sandbox.detach();
    await expect(call).rejects.toThrow('detached');
    const hanging = supervisorOf(home);
    process.kill(hanging, 'SIGSTOP');
    const again = await impatient(home).open(spec());
    expect(again.found).toBe('reopened');
    expect(runs(hanging)).toBe(false);
    const cut = await run(again.sandbox, 'echo z >> file', { callId: 'cut' });
    expect(cut).toMatchObject({ ended: 'interrupted', replayed: true });
    expect(await run(again.sandbox, 'false', { callId: 'before' })).toEqual({ ...before, replayed: true });
    expect(await output(again.sandbox, 'cat file')).toBe('kept\nx');
    await again.sandbox.close();
  });
});

test('of two workers that find it hanging at the same time, neither ends what the other has started', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'echo kept > file');
    await sandbox.detach();
    process.kill(supervisorOf(home), 'SIGSTOP');
    const opened = await Promise.all([impatient(home), impatient(home)].map((each) => each.open(spec())));
    expect(opened.map(({ found }) => found).toSorted()).toEqual(['attached', 'reopened']);
    const next = supervisorOf(home);
    for (const each of opened) expect(await output(each.sandbox, 'cat file')).toBe('kept');
    expect(supervisorOf(home)).toBe(next);
    await opened[0]!.sandbox.close();
  });
});

test('one that is only slow is waited for', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await sandbox.detach();
    const slow = supervisorOf(home);
    process.kill(slow, 'SIGSTOP');
    const opening = provider.open(spec());
    await pause(500);
    process.kill(slow, 'SIGCONT');
    const again = await opening;
    expect([again.found, supervisorOf(home)]).toEqual(['attached', slow]);
    await again.sandbox.close();
  });
});

test('one that hangs is listed as not alive, however often it has been asked', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await sandbox.detach();
    process.kill(supervisorOf(home), 'SIGSTOP');
    const lists = await Promise.all(Array.from({ length: 20 }, () => provider.list()));
    expect(lists.flat().map(({ id, alive }) => `${id} ${alive}`)).toEqual(Array(20).fill('test.one false'));
    expect((await impatient(home).open(spec())).found).toBe('reopened');
  });
});
