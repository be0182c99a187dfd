import process from 'node:process';
import { expect, test } from '@jest/globals';
import { firstProcessOf, hostProcesses, output, run, until, withSandbox } from './support.ts';

test('a call runs in sh in the workspace and tells its exit code and both its outputs in order', async () => {
  await withSandbox({}, async (sandbox) => {
    const result = await run(sandbox, 'echo out; echo err >&2; pwd; exit 7');
    expect(result).toMatchObject({
      exitCode: 7,
      output: 'out\nerr\n/workspace\n',
      ended: 'exit',
      slept: 0,
      replayed: false,
    });
    expect(result.seconds).toBeGreaterThan(0);
  });
});

test('a call that a signal ends has no exit code', async () => {
  await withSandbox({}, async (sandbox) => {
    expect(await run(sandbox, 'kill -9 $$')).toMatchObject({ exitCode: null, ended: 'killed' });
  });
});

test('calls share the workspace and nothing of the shell', async () => {
  await withSandbox({}, async (sandbox) => {
    await run(sandbox, 'x=1; cd /tmp; echo kept > /workspace/file');
    expect(await output(sandbox, 'echo "$x$(pwd)"; cat file')).toBe('/workspace\nkept');
  });
});

test('the environment is PATH, HOME, PWD, what the specification says, and no devices', async () => {
  await withSandbox({ environment: { TASK: 'a b' } }, async (sandbox) => {
    const names = (await output(sandbox, 'env')).split('\n').filter((line) => !line.startsWith('LONGHAUL_CALL='));
    expect(new Set(names.map((line) => line.split('=')[0]))).toEqual(
      new Set(['CUDA_VISIBLE_DEVICES', 'HOME', 'PATH', 'PWD', 'TASK']),
    );
    expect(names).toEqual(expect.arrayContaining(['TASK=a b', 'HOME=/workspace', 'CUDA_VISIBLE_DEVICES=']));
  });
});

test('a command longer than one argument of a program runs like a short one', async () => {
  await withSandbox({}, async (sandbox) => {
    const text = 'x'.repeat(300_000);
    const result = await run(sandbox, `cat > big <<'END'\n${text}\nEND\nwc -c < big; cat; exit 3`);
    expect(result).toMatchObject({ exitCode: 3, output: '300001\n' });
  });
});

test('a NUL byte in a command is ignored, as by a shell that reads a file', async () => {
  await withSandbox({}, async (sandbox) => {
    expect(await output(sandbox, 'echo a\0b')).toBe('ab');
  });
});

test('calls at the same time are answered each by its own output', async () => {
  await withSandbox({}, async (sandbox) => {
    const results = await Promise.all([1, 2, 3, 4].map((n) => run(sandbox, `sleep 0.${5 - n}; echo ${n}`)));
    expect(results.map(({ output }) => output)).toEqual(['1\n', '2\n', '3\n', '4\n']);
  });
});

test('a time-out kills the whole tree of its call, also what detached itself with a clean environment', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    const escape = '(setsid env -i /bin/sh -c "while :; do /bin/sleep 0.02; echo alive >> alive; done" &)';
    const result = await run(sandbox, `${escape}; echo begun; sleep 60`, { timeoutSeconds: 0.5 });
    expect(result).toMatchObject({ exitCode: null, ended: 'timeout', output: 'begun\n' });
    expect(result.seconds).toBeLessThan(5);
    const size = await output(sandbox, 'wc -c < alive');
    expect(Number(size)).toBeGreaterThan(0);
    expect(await output(sandbox, 'sleep 0.2; wc -c < alive')).toBe(size);
    expect(firstProcessOf(home)).toBeGreaterThan(1);
  });
});

test('what an earlier call left in the background survives the time-out of a later one, and not the close', async () => {
  await withSandbox({}, async (sandbox) => {
    const mark = `sleep 77${process.pid}`;
    expect(await run(sandbox, `${mark} & echo started`)).toMatchObject({ ended: 'exit', output: 'started\n' });
    expect(await run(sandbox, 'sleep 60', { timeoutSeconds: 0.2 })).toMatchObject({ ended: 'timeout' });
    expect(hostProcesses(mark)).toHaveLength(1);
    await sandbox.close();
    expect(hostProcesses(mark)).toHaveLength(0);
  });
});

test('a background program may go on writing to a call that has ended', async () => {
  await withSandbox({}, async (sandbox) => {
    const loop = 'i=0; while [ $i -lt 40 ]; do echo $i; i=$((i+1)); sleep 0.01; done; echo done > finished';
    expect(await run(sandbox, `(${loop}) & exit 0`)).toMatchObject({ exitCode: 0 });
    await until(async () => (await run(sandbox, 'test -e finished')).exitCode === 0, 'the program finished');
  });
});

test('an aborted call rejects with the reason once its tree is killed', async () => {
  await withSandbox({}, async (sandbox) => {
    const abort = new AbortController();
    const mark = `sleep 88${process.pid}`;
    const call = run2(sandbox, mark, abort.signal);
    await until(() => hostProcesses(mark).length > 0, 'the call runs');
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(hostProcesses(mark)).toHaveLength(0);
    await expect(run2(sandbox, 'true', abort.signal)).rejects.toThrow('enough');
  });
});

function run2(sandbox: Parameters<typeof run>[0], command: string, signal: AbortSignal) {
  return sandbox.exec({ callId: `abort ${command}`, command, epoch: 1, timeoutSeconds: 30 }, signal);
}
