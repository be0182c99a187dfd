import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LIMITS, output, run, runs, sandboxFolder, supervisorOf, until, withSandbox } from './support.ts';

// Unlike a shell, it does not end when it can fork no more.
const BOMB = `python3 -c '
import os
while True:
    try: os.fork()
    except OSError: pass
'`;

test('a fork bomb is held, ended and told, and the sandbox goes on', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    const result = await run(sandbox, `${BOMB} & exec sleep 30`, { timeoutSeconds: 25 });
    expect(result).toMatchObject({ ended: 'killed', output: expect.stringContaining('more than 32 processes') });
    expect(runs(supervisorOf(home))).toBe(true);
    expect(await output(sandbox, 'echo on')).toBe('on');
  });
});

test('a fork bomb that is left in the background is ended too', async () => {
  await withSandbox({}, async (sandbox) => {
    await run(sandbox, `${BOMB} > /dev/null 2>&1 &`);
    await until(async () => (await run(sandbox, 'ls /proc | grep -c "^[0-9]"')).output === '4\n', 'all are gone');
    expect(await output(sandbox, 'echo on')).toBe('on');
  });
});

test('a memory bomb in one process is refused by the kernel', async () => {
  await withSandbox({}, async (sandbox) => {
    const result = await run(sandbox, `python3 -c 'x = bytearray(300 << 20); print("got it")'`);
    expect(result).toMatchObject({ exitCode: 1, output: expect.stringContaining('MemoryError') });
  });
});

test('a memory bomb of many processes is ended and told', async () => {
  await withSandbox({}, async (sandbox) => {
    const one = `python3 -c 'x = bytearray(b"x" * (100 << 20)); import time; time.sleep(20)'`;
    const result = await run(sandbox, `${one} & ${one} & ${one} & ${one} & wait; echo survived`);
    expect(result).toMatchObject({ ended: 'killed', output: expect.stringContaining('bytes of memory') });
    expect(result.output).not.toContain('survived');
  });
});

test('a memory bomb in files of memory is ended or refused, wherever it is laid', async () => {
  await withSandbox({}, async (sandbox) => {
    const memfd = `import os,time
for n in range(10): os.write(os.memfd_create("x"), b"x" * (50 << 20))
time.sleep(20)`;
    const result = await run(sandbox, `python3 -c '${memfd}'`);
    expect(result).toMatchObject({ ended: 'killed', output: expect.stringContaining('bytes of memory') });
    for (const folder of ['/tmp', '/dev/shm']) {
      const fill = `for n in 1 2 3 4 5 6; do head -c 60000000 /dev/zero > ${folder}/$n || exit 5; done`;
      expect(await run(sandbox, fill)).toMatchObject({ exitCode: 5, output: expect.stringContaining('No space left') });
    }
    const segment = `import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.shmget(0, 1 << 20, 0o1600), ctypes.get_errno())`;
    expect(await output(sandbox, `python3 -c '${segment}'`)).toBe('-1 1');
  });
});

test('a file beyond the limit is refused, and a filler of the disk is ended; then files can only be removed', async () => {
  await withSandbox({ limits: { ...LIMITS, fileBytes: 8 << 20 } }, async (sandbox, { home }) => {
    expect(await run(sandbox, 'head -c 100000000 /dev/zero > big')).toMatchObject({
      output: expect.stringMatching(/File (size limit|too large)/),
    });
    await run(sandbox, 'rm -f big');
    const fill = 'i=0; while :; do i=$((i+1)); head -c 4000000 /dev/zero > f$i; sleep 0.02; done';
    const result = await run(sandbox, fill, { timeoutSeconds: 25 });
    expect(result).toMatchObject({ ended: 'killed', output: expect.stringContaining('bytes in the workspace') });
    expect(statSync(join(sandboxFolder(home), 'workspace', 'f1')).size).toBe(4_000_000);
    expect(await run(sandbox, 'echo more > more; cat more')).toMatchObject({
      output: expect.stringContaining('files can only be removed'),
    });
    expect((await run(sandbox, 'cat more')).output).not.toMatch(/^more/m);
    await run(sandbox, 'rm -f f*');
    await until(
      async () => (await run(sandbox, 'echo room > room && cat room')).output === 'room\n',
      'there is room again',
    );
  });
});

test('a filler that hides what it writes in folders closed to everyone is seen all the same', async () => {
  await withSandbox({}, async (sandbox) => {
    const fill =
      'mkdir d; cd d; chmod 300 .; i=0; while :; do i=$((i+1)); head -c 4000000 /dev/zero > f$i; sleep 0.02; done';
    expect(await run(sandbox, fill, { timeoutSeconds: 25 })).toMatchObject({ ended: 'killed' });
  });
});

test('a program that burns the processor is ended at its limit', async () => {
  await withSandbox({ limits: { ...LIMITS, cpuSeconds: 1 } }, async (sandbox) => {
    const result = await run(sandbox, 'sh -c "while :; do :; done"; echo "ended $?"', { timeoutSeconds: 25 });
    expect(result.output).toMatch(/ended 1(37|52)/);
  });
});

test('output of a gigabyte costs neither the memory of the supervisor nor the call', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    const result = await run(sandbox, 'echo first; head -c 1000000000 /dev/zero | tr "\\0" x; echo; echo last', {
      timeoutSeconds: 60,
    });
    expect(result).toMatchObject({ exitCode: 0, ended: 'exit' });
    expect(result.output).toMatch(/^first\nx+\n\[\.\.\. 999980012 bytes of output left out \.\.\.\]\nx+\nlast\n$/);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${supervisorOf(home)}/status`, 'utf8'));
    expect(Number(peak?.[1])).toBeLessThan(60_000);
  });
});
