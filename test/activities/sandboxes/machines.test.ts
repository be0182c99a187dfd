import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { folderOf } from '../../../activities/sandboxes/folders.ts';
import { output, pidIn, run, runs, spec, until, withHome } from './support.ts';

const [A, B] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

/** Two machines over one home. */
async function withMachines(body: (a: Machine, b: Machine) => Promise<void>): Promise<void> {
  await withHome(async (home) => {
    const machines = [A, B].map((machine) => {
      const folder = folderOf(join(realpathSync(home), 'sandboxes', machine), 'test.one');
      return { provider: createBubblewrap({ home, machine }), folder, of: join(folder, '..') };
    });
    try {
      await body(machines[0]!, machines[1]!);
    } finally {
      for (const { provider } of machines) await provider.destroy('test.one');
    }
  });
}

interface Machine {
  provider: ReturnType<typeof createBubblewrap>;
  folder: string;
  of: string;
}

const ids = async ({ provider }: Machine): Promise<string[]> => (await provider.list()).map(({ id }) => id);

test('each has its own sandbox of a name, whatever becomes of the other one’s', async () => {
  await withMachines(async (a, b) => {
    const first = await a.provider.open(spec());
    await run(first.sandbox, 'echo a > file');
    process.kill(pidIn(a.folder), 'SIGSTOP');
    const second = await b.provider.open(spec());
    expect(second.found).toBe('new');
    expect(await output(second.sandbox, 'ls')).toBe('');
    process.kill(pidIn(a.folder), 'SIGCONT');
    await second.sandbox.close();
    expect(await output(first.sandbox, 'cat file')).toBe('a');
  });
});

test('it says the highest epoch that it has seen, to whoever opens it again', async () => {
  await withMachines(async ({ provider, folder }) => {
    const first = await provider.open(spec());
    expect(first.sandbox.seenEpoch).toBe(-1);
    await run(first.sandbox, 'true', { epoch: 4 });
    expect((await provider.open(spec())).sandbox.seenEpoch).toBe(4);
    process.kill(pidIn(folder), 'SIGKILL');
    expect((await provider.open(spec())).sandbox.seenEpoch).toBe(4);
  });
});

test('what a machine that is gone has left is listed and removed by any other, with its folder', async () => {
  await withMachines(async (a, b) => {
    await run((await a.provider.open(spec())).sandbox, 'echo a > file');
    expect([await ids(a), await ids(b)]).toEqual([['test.one'], []]);
    process.kill(pidIn(a.folder), 'SIGKILL');
    await until(async () => (await ids(b)).length === 1, 'its supervisor is gone');
    await b.provider.destroy('test.one');
    expect(existsSync(a.of)).toBe(false);
    expect(await ids(b)).toEqual([]);
  });
});

test('a sandbox that runs on another machine is closed where its supervisor can be asked, and left alone where not', async () => {
  await withMachines(async (a, b) => {
    await a.provider.open(spec());
    const pid = pidIn(a.folder);
    process.kill(pid, 'SIGSTOP');
    await b.provider.destroy('test.one');
    expect([runs(pid), existsSync(a.folder)]).toEqual([true, true]);
    process.kill(pid, 'SIGCONT');
    await b.provider.destroy('test.one');
    await until(() => !runs(pid), 'it has closed');
    expect(existsSync(a.folder)).toBe(false);
  });
});

test('a removal that another machine may be at is left to it', async () => {
  await withMachines(async (a, b) => {
    mkdirSync(join(a.of, '.gone-0123456789abcdef0123-999999999-1', 'workspace'), { recursive: true });
    expect(await ids(b)).toEqual([]);
    expect(readdirSync(a.of)).toHaveLength(1);
    expect(await ids(a)).toEqual([]);
    expect(readdirSync(a.of)).toEqual([]);
  });
});
