import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { createPlainProcess } from '../../../activities/sandboxes/plain-process.ts';
import { SandboxLost } from '../../../activities/sandboxes/errors.ts';
import { output, RESTARTED, run, runs, sandboxFolder, spec, supervisorOf, until, withHome } from './support.ts';

const zero = { ids: ['0'], paths: ['/dev/zero'] };
const full = { ids: ['1'], paths: ['/dev/full'] };
const visible = 'echo $CUDA_VISIBLE_DEVICES';

test.each([
  { kind: 'confined', create: createBubblewrap },
  { kind: 'plain', create: createPlainProcess },
])('a $kind sandbox holds its devices for as long as it lives, whoever has opened it', async ({ create }) => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec({ devices: zero }));
    await provider.open(spec({ id: 'without' }));
    await provider.open(spec({ id: 'with none', devices: { ids: [], paths: [] } }));
    await sandbox.detach();
    const other = create({ home });
    expect(await other.holdings()).toEqual([{ sandbox: 'test.one', devices: zero }]);
    process.kill(supervisorOf(home), 'SIGKILL');
    await until(async () => (await other.holdings()).length === 0, 'nobody holds it');
    await other.open(spec({ devices: full }));
    expect(await provider.holdings()).toEqual([{ sandbox: 'test.one', devices: full }]);
    await other.destroy('test.one');
    expect(await provider.holdings()).toEqual([]);
  }, create);
});

test('one that has come to a standstill holds its devices still', async () => {
  await withHome(async (home, provider) => {
    await provider.open(spec({ devices: zero }));
    process.kill(supervisorOf(home), 'SIGSTOP');
    expect(await provider.holdings()).toEqual([{ sandbox: 'test.one', devices: zero }]);
  });
});

test('who re-attaches with the devices that a sandbox holds finds it as it was', async () => {
  await withHome(async (home, provider) => {
    await run((await provider.open(spec({ devices: zero }))).sandbox, 'sleep 60 & echo $! > pid');
    const again = await createBubblewrap({ home }).open(spec({ devices: zero }));
    expect(again.found).toBe('attached');
    expect(await run(again.sandbox, 'kill -0 $(cat pid)')).toMatchObject({ exitCode: 0 });
  });
});

test.each([
  { other: 'of another name', devices: full },
  { other: 'of the same name that is another', devices: { ids: ['0'], paths: ['/dev/full'] } },
  { other: 'no more', devices: { ids: [], paths: [] } },
])('opened with devices $other it is opened anew on its workspace, and says so', async ({ devices }) => {
  await withHome(async (home, provider) => {
    const first = await provider.open(spec({ devices: zero }));
    await run(first.sandbox, 'echo kept > file; sleep 60 &');
    await first.sandbox.detach();
    const before = supervisorOf(home);
    const again = await createBubblewrap({ home }).open(spec({ devices }));
    expect(again.found).toBe('reopened');
    expect(runs(before)).toBe(false);
    const call = await run(again.sandbox, visible);
    expect(call).toMatchObject({ output: `${devices.ids.join()}\n${RESTARTED}`, restarted: true });
    expect(await output(again.sandbox, 'cat file')).toBe('kept');
  });
});

test('a client whose sandbox was opened anew with other devices is told so, and takes none from whoever did', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec({ devices: zero }));
    const other = (await createBubblewrap({ home }).open(spec({ devices: full }))).sandbox;
    await expect(run(sandbox, visible)).rejects.toThrow(SandboxLost);
    expect(await output(other, visible)).toBe('1');
  });
});

test('what a sandbox of before there was a record holds is not known: it is opened anew', async () => {
  await withHome(async (home, provider) => {
    await provider.open(spec({ devices: zero }));
    const file = join(sandboxFolder(home), 'meta.json');
    const { devices: _, ...meta } = JSON.parse(readFileSync(file, 'utf8')) as { devices: object };
    writeFileSync(file, JSON.stringify(meta));
    expect(await provider.holdings()).toEqual([]);
    expect((await provider.open(spec({ devices: zero }))).found).toBe('reopened');
  });
});
