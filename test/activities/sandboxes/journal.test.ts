import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { StaleEpoch } from '../../../activities/sandboxes/errors.ts';
import {
  RESTARTED,
  output,
  run,
  sandboxFolder,
  spec,
  supervisorOf,
  until,
  runs,
  withHome,
  withSandbox,
} from './support.ts';

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
    expect((await run(sandbox, 'ls', { epoch: 5 })).output).toBe(RESTARTED);
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

/** The disk of a sandbox's supervisor takes so many bytes of its journal more: a limit on a file in place of a disk that is full. */
function fillDisk(home: string, room: number): void {
  const size = statSync(join(sandboxFolder(home), 'journal')).size;
  const program =
    'import resource, sys; resource.prlimit(int(sys.argv[1]), resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))';
  const soft = room === Infinity ? -1 : size + room;
  const { status, stderr } = spawnSync('python3', ['-c', program, `${supervisorOf(home)}`, `${soft}`]);
  expect([status, String(stderr)]).toEqual([0, '']);
}

test('a call whose intent the disk has no room for has not begun, and spoils nothing that is written later', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'true');
    const first = supervisorOf(home);
    fillDisk(home, 50);
    await expect(run(sandbox, 'echo x >> file', { callId: 'one' })).rejects.toThrow('File too large');
    fillDisk(home, Infinity);
    const two = await run(sandbox, 'echo y >> file', { callId: 'two' });
    expect(await run(sandbox, 'echo y >> file', { callId: 'two' })).toEqual({ ...two, replayed: true });
    expect(supervisorOf(home)).toBe(first);
    process.kill(first, 'SIGKILL');
    expect(await run(sandbox, 'echo x >> file', { callId: 'one' })).toMatchObject({ exitCode: 0, replayed: false });
    expect(await run(sandbox, 'echo y >> file', { callId: 'two' })).toEqual({ ...two, replayed: true });
    expect(await output(sandbox, 'cat file')).toBe('y\nx');
    await sandbox.close();
  });
});

test('a result that the disk has no room for is told, and is interrupted for the next supervisor only', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'true');
    const first = supervisorOf(home);
    fillDisk(home, 400);
    const call = await run(sandbox, 'seq 1000; echo x >> file', { callId: 'one' });
    expect(call).toMatchObject({ exitCode: 0, replayed: false });
    expect(await run(sandbox, 'true', { callId: 'one' })).toEqual({ ...call, replayed: true });
    fillDisk(home, Infinity);
    expect(await output(sandbox, 'cat file')).toBe('x');
    expect(supervisorOf(home)).toBe(first);
    process.kill(first, 'SIGKILL');
    expect(await run(sandbox, 'true', { callId: 'one' })).toMatchObject({ ended: 'interrupted', replayed: true });
    await sandbox.close();
  });
});

test('a call whose record cannot be read was interrupted, and takes no other with it', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'true', { callId: 'one' });
    await run(sandbox, 'true', { callId: 'two' });
    process.kill(supervisorOf(home), 'SIGKILL');
    const file = join(sandboxFolder(home), 'journal');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [lines[0], lines[1]?.slice(0, 60), 'no-record', ...lines.slice(2)].join('\n'));
    expect(await run(sandbox, 'true', { callId: 'one' })).toMatchObject({ ended: 'interrupted', replayed: true });
    expect(await run(sandbox, 'true', { callId: 'two' })).toMatchObject({ exitCode: 0, replayed: true });
    expect(await run(sandbox, 'true', { callId: 'three' })).toMatchObject({ exitCode: 0, replayed: false });
    await sandbox.close();
  });
});
