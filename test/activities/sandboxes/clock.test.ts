import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { output, run, sandboxFolder, supervisorOf, until, withSandbox } from './support.ts';

const virtual = { clock: 'virtual' as const };

test('a sleep charges the clock instead of waiting', async () => {
  await withSandbox(virtual, async (sandbox) => {
    const result = await run(sandbox, 'sleep 3600; echo slept; sleep 0.5', { clockSeconds: 4000 });
    expect(result).toMatchObject({ exitCode: 0, output: 'slept\n', slept: 3600.5, ended: 'exit' });
    expect(result.seconds).toBeLessThan(5);
    expect((await run(sandbox, 'true')).slept).toBe(0);
  });
});

test('with the real clock a sleep waits and charges nothing', async () => {
  await withSandbox({}, async (sandbox) => {
    const result = await run(sandbox, 'sleep 0.3');
    expect(result.slept).toBe(0);
    expect(result.seconds).toBeGreaterThanOrEqual(0.3);
  });
});

test.each([
  { sleep: '10', slept: 10 },
  { sleep: '1.5 2m', slept: 121.5 },
  { sleep: '1h 1d', slept: 90_000 },
  { sleep: '0', slept: 0 },
  { sleep: '.5s', slept: 0.5 },
])('sleep $sleep charges $slept seconds', async ({ sleep, slept }) => {
  await withSandbox(virtual, async (sandbox) => {
    expect(await run(sandbox, `sleep ${sleep}`)).toMatchObject({ exitCode: 0, slept });
  });
});

test.each(['', '-5', '1e9', 'abc', '1.2.3', '5x', "'1\n2'"])(
  'sleep %s is an error and charges nothing',
  async (sleep) => {
    await withSandbox(virtual, async (sandbox) => {
      const result = await run(sandbox, `sleep ${sleep}`);
      expect(result).toMatchObject({ exitCode: 1, slept: 0, output: expect.stringMatching(/^sleep: /) });
    });
  },
);

test('a shell program may read it as a function, which charges alike; with the real clock there is none', async () => {
  await withSandbox(virtual, async (sandbox) => {
    const command = '. "$LONGHAUL_SLEEP"; command -v sleep; sleep 5; (sleep 1.5) & wait; sleep 5x';
    expect(await run(sandbox, command)).toMatchObject({
      exitCode: 1,
      slept: 6.5,
      output: "sleep\nsleep: invalid time interval '5x'\n",
    });
    const cut = await run(sandbox, '. "$LONGHAUL_SLEEP"; sleep 60; echo on', { clockSeconds: 7 });
    expect(cut).toMatchObject({ ended: 'budget', slept: 7, output: '' });
  });
  await withSandbox({}, async (sandbox) => {
    expect(await output(sandbox, 'echo "[$LONGHAUL_SLEEP]"')).toBe('[]');
  });
});

test('a sleep beyond what is left never returns: the call is cut and what comes after has no effect', async () => {
  await withSandbox(virtual, async (sandbox) => {
    const result = await run(sandbox, 'echo a; sleep 60; echo b; sleep 60; echo c > effect; echo c', {
      clockSeconds: 100,
    });
    expect(result).toMatchObject({ exitCode: null, ended: 'budget', output: 'a\nb\n', slept: 100 });
    expect(await output(sandbox, 'ls')).toBe('');
  });
});

test('a sleep that ends exactly with what is left returns', async () => {
  await withSandbox(virtual, async (sandbox) => {
    const tenths = Array.from({ length: 10 }, () => 'sleep 0.1').join(';');
    expect(await run(sandbox, `${tenths}; echo on`, { clockSeconds: 1 })).toMatchObject({
      ended: 'exit',
      output: 'on\n',
      slept: 1,
    });
  });
});

test('sleeping for ever cuts a call with a budget', async () => {
  await withSandbox(virtual, async (sandbox) => {
    expect(await run(sandbox, 'sleep infinity', { clockSeconds: 7 })).toMatchObject({ ended: 'budget', slept: 7 });
  });
});

test('it is found by its full path, by programs that close what they inherit and with an empty environment', async () => {
  await withSandbox(virtual, async (sandbox) => {
    const python = `python3 -c 'import subprocess; subprocess.run(["sleep", "40"], check=True)'`;
    expect((await run(sandbox, `/usr/bin/sleep 20; ${python}; env -i /bin/sleep 100`)).slept).toBe(160);
  });
});

test('it is part of the sandbox: no program can change it, and it is not in the workspace', async () => {
  await withSandbox(virtual, async (sandbox) => {
    expect(await output(sandbox, 'command -v sleep; ls -A')).toBe('/run/longhaul/bin/sleep');
    const attack = 'rm -f /run/longhaul/bin/sleep /run/longhaul/ask; echo > /run/longhaul/bin/sleep; sleep 5';
    expect(await run(sandbox, attack)).toMatchObject({ exitCode: 0, slept: 5 });
  });
});

test.each(['-', '- 1 -50', '- 1 nan', '- x 5', '- 1 1e5', '- 1 ٣'])(
  'the hand-written question %s is not answered and charges nothing',
  async (line) => {
    await withSandbox(virtual, async (sandbox) => {
      const command = `echo '${line}' > /run/longhaul/ask; read -r _ < /run/longhaul/answer; echo went on`;
      expect(await run(sandbox, command, { timeoutSeconds: 0.3 })).toMatchObject({
        ended: 'timeout',
        slept: 0,
        output: '',
      });
      expect(await run(sandbox, 'sleep 3')).toMatchObject({ slept: 3, exitCode: 0 });
    });
  },
);

test('sleeps at the same time are all charged', async () => {
  await withSandbox(virtual, async (sandbox) => {
    expect((await run(sandbox, 'sleep 10 & sleep 20 & sleep 30 & wait; sleep 1')).slept).toBe(61);
  });
});

test('for what a call leaves in the background the clock stands still until the next call, which is charged', async () => {
  await withSandbox(virtual, async (sandbox) => {
    await run(sandbox, '(while [ ! -e go ]; do :; done; sleep 50; echo woke > woke) > /dev/null 2>&1 & echo');
    const first = await run(sandbox, 'touch go');
    const second = await run(sandbox, 'while [ ! -s woke ]; do :; done; cat woke');
    expect(second.output).toBe('woke\n');
    expect(first.slept + second.slept).toBe(50);
  });
});

test('what a killed program had asked for is charged to nobody', async () => {
  await withSandbox(virtual, async (sandbox) => {
    await run(sandbox, 'sleep 30 & sleep 40 & sleep 50 & wait', { clockSeconds: 20 });
    expect(await run(sandbox, 'sleep 1; echo on', { clockSeconds: 20 })).toMatchObject({ slept: 1, output: 'on\n' });
  });
});

test('charges are journalled: a call that the death of its supervisor interrupts tells what it had slept', async () => {
  await withSandbox(virtual, async (sandbox, { home }) => {
    const call = run(sandbox, 'sleep 30; sleep 12; while :; do :; done', { callId: 'cut' });
    const text = () => readFileSync(join(sandboxFolder(home), 'journal'), 'utf8');
    await until(() => text().includes('{"slept":42.0}'), 'both sleeps are charged');
    process.kill(supervisorOf(home), 'SIGKILL');
    expect(await call).toMatchObject({ ended: 'interrupted', slept: 42 });
  });
});
