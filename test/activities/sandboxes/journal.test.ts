import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { StaleEpoch } from '../../../activities/sandboxes/errors.ts';
import { output, run, sandboxFolder, spec, supervisorOf, until, runs, withHome, withSandbox } from './support.ts';

test('a repeated call id is answered from the journal and not run twice', async () => {
  await withSandbox({}, async (sandbox) => {
    const first = await run(sandbox, 'echo x >> file; cat file', { callId: 'same' });
    const second = await run(sandbox, 'echo x >> file; cat file', { callId: 'same' });
    expect(second).toEqual({ ...first, replayed: true });
    expect(await output(sandbox, 'cat file')).toBe('x');
  });
});

test('a call asked twice at the same time runs once and answers both', async () => {
  await withSandbox({}, async (sandbox) => {
    const ask = () => run(sandbox, 'sleep 0.2; echo x >> file; cat file', { callId: 'same' });
    const [a, b] = await Promise.all([ask(), ask()]);
    expect(a).toEqual(b);
    expect(a.output).toBe('x\n');
  });
});

test('the journal has the intent and the result of each call, and no program of the sandbox can see it', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    await run(sandbox, 'true', { callId: 'one' });
    await run(sandbox, 'true', { callId: '../two words' });
    const lines = readFileSync(join(sandboxFolder(home), 'journal'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['intent', 'result', 'intent', 'result']);
    expect(
      (await run(sandbox, 'find / -name journal -not -path "/usr/*" -not -path "/proc/*" 2>/dev/null')).output,
    ).toBe('');
  });
});

test('a lower epoch than one seen is refused without running, also by the next supervisor', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'true', { epoch: 5 });
    await expect(run(sandbox, 'touch ran', { epoch: 4 })).rejects.toThrow(StaleEpoch);
    await expect(sandbox.restore(join(home, 'absent'), 4)).rejects.toThrow(StaleEpoch);
    process.kill(supervisorOf(home), 'SIGKILL');
    await expect(run(sandbox, 'touch ran', { epoch: 4 })).rejects.toThrow('epoch 4 is older than 5');
    expect((await run(sandbox, 'ls', { epoch: 5 })).output).toBe('');
    await sandbox.close();
  });
});

test('a call that was running when the supervisor was killed is answered as interrupted, and not run again', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'echo kept > kept', { callId: 'before' });
    const call = run(sandbox, 'echo x >> file; sleep 30; echo y >> file', { callId: 'cut' });
    await until(async () => (await run(sandbox, 'test -e file')).exitCode === 0, 'the call has begun');
    const first = supervisorOf(home);
    process.kill(first, 'SIGKILL');
    expect(await call).toMatchObject({ ended: 'interrupted', exitCode: null, replayed: true });
    expect(runs(first)).toBe(false);
    expect(await output(sandbox, 'cat file kept')).toBe('x\nkept');
    expect(await run(sandbox, 'exit 9', { callId: 'before' })).toMatchObject({ exitCode: 0, replayed: true });
    await sandbox.close();
  });
});

test('a record that a crash left unfinished counts as not written', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'echo x >> file', { callId: 'one' });
    process.kill(supervisorOf(home), 'SIGKILL');
    appendFileSync(join(sandboxFolder(home), 'journal'), '0123456789abcdef result {"exitCode');
    await run(sandbox, 'echo y >> file', { callId: 'two' });
    process.kill(supervisorOf(home), 'SIGKILL');
    expect(await run(sandbox, 'echo y >> file', { callId: 'two' })).toMatchObject({ exitCode: 0, replayed: true });
    expect(await output(sandbox, 'cat file')).toBe('x\ny');
    await sandbox.close();
  });
});
