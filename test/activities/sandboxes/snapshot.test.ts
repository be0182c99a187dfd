import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { output, run, spec, withHome, withSandbox } from './support.ts';

const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test('a snapshot restores names, contents, modes, links and hard links', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec({ id: 'one' }));
    await run(
      sandbox,
      'mkdir -p a/b; echo 1 > a/b/f; chmod 750 a/b/f; ln -s b/f a/l; ln a/b/f a/h; mkfifo p; echo ü > "n ü"; mkdir ro; echo x > ro/x; chmod 555 ro',
    );
    const file = join(home, 'one.tar');
    await sandbox.snapshot(file);
    const other = (await provider.open(spec({ id: 'two' }))).sandbox;
    await run(other, 'mkdir -p old/locked; echo x > old/locked/x; chmod 0 old/locked; ln -s / root');
    await other.restore(file, 1);
    const show = 'find . -printf "%p %y %m %n %l\\n" | sort; cat a/h "n ü"';
    expect(await output(other, show)).toBe(await output(sandbox, show));
    expect(await output(other, 'echo y >> a/b/f && cat a/h')).toBe('1\ny');
    await Promise.all([sandbox.close(), other.close()]);
  });
});

test('equal workspaces give equal bytes, whenever and in which order they were written', async () => {
  await withHome(async (home, provider) => {
    const files: string[] = [];
    for (const order of ['a b c', 'c a b']) {
      const { sandbox } = await provider.open(spec({ id: order }));
      await run(sandbox, `for f in ${order}; do mkdir d$f; echo $f > d$f/$f; done`);
      files.push(join(home, `${files.length}.tar`));
      await sandbox.snapshot(files.at(-1)!);
      await sandbox.close();
    }
    expect(hash(files[0]!)).toBe(hash(files[1]!));
  });
});

test('links are kept as links: nothing of the host comes into a snapshot', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    const secret = join(home, 'secret');
    writeFileSync(secret, 'do-not-tell');
    await run(sandbox, `ln -s ${secret} file; ln -s ${home} folder; ln -s / root`);
    await sandbox.snapshot(join(home, 'out.tar'));
    const listing = execFileSync('tar', ['-tvf', join(home, 'out.tar')], { encoding: 'utf8' });
    expect(listing).toContain(`file -> ${secret}`);
    expect(readFileSync(join(home, 'out.tar'), 'latin1')).not.toContain('do-not-tell');
    await sandbox.close();
  });
});

test('a tar that writes through its own link stays inside', async () => {
  await withHome(async (home, provider) => {
    const tar = join(home, 'hostile.tar');
    const make = `import io, tarfile
t = tarfile.open(${JSON.stringify(tar)}, "w")
l = tarfile.TarInfo("out"); l.type = tarfile.SYMTYPE; l.linkname = ${JSON.stringify(home)}; t.addfile(l)
f = tarfile.TarInfo("out/written"); f.size = 1; t.addfile(f, io.BytesIO(b"x"))
g = tarfile.TarInfo("../../written"); g.size = 1; t.addfile(g, io.BytesIO(b"x"))`;
    execFileSync('/usr/bin/python3', ['-c', make]);
    const { sandbox } = await provider.open(spec());
    await expect(sandbox.restore(tar, 1)).rejects.toThrow('not restored: tar ended with 2');
    expect(existsSync(join(home, 'written'))).toBe(false);
    await sandbox.close();
  });
});

test('files and folders closed to everyone do not break a snapshot, and come into it', async () => {
  await withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec());
    await run(sandbox, 'mkdir -p d/e; echo hidden > d/e/f; chmod 0 d/e/f d/e d');
    await sandbox.snapshot(join(home, 'out.tar'));
    expect(readFileSync(join(home, 'out.tar'), 'latin1')).toContain('hidden');
    await sandbox.close();
  });
});

test('what is mounted into the workspace is not part of a snapshot, and restoring leaves it in place', async () => {
  await withHome(async (home, provider) => {
    const source = join(home, 'paper.md');
    writeFileSync(source, 'the paper');
    const mounts = [{ source, target: '/workspace/paper.md' }];
    const { sandbox } = await provider.open(spec({ mounts }));
    await run(sandbox, 'echo mine > mine');
    await sandbox.snapshot(join(home, 'out.tar'));
    expect(execFileSync('tar', ['-tf', join(home, 'out.tar')], { encoding: 'utf8' })).toBe('./\n./mine\n');
    await sandbox.restore(join(home, 'out.tar'), 1);
    expect(await output(sandbox, 'cat mine paper.md')).toBe('mine\nthe paper');
    await sandbox.close();
  });
});

test('a snapshot can be taken and restored while programs of the sandbox run, and restoring ends them', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    await run(sandbox, 'echo 1 > file; (while :; do date >> log; sleep 0.01; done) &');
    await sandbox.snapshot(join(home, 'out.tar'));
    const call = run(sandbox, 'sleep 30');
    await sandbox.restore(join(home, 'out.tar'), 1);
    expect(await call).toMatchObject({ ended: 'killed', output: expect.stringContaining('being restored') });
    const log = await output(sandbox, 'cat log | wc -l');
    expect(await output(sandbox, 'sleep 0.1; cat log | wc -l')).toBe(log);
  });
});

test('a file that is no tar is an error and no snapshot can be written where there is no folder', async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    writeFileSync(join(home, 'junk'), 'junk '.repeat(1000));
    await expect(sandbox.restore(join(home, 'junk'), 1)).rejects.toThrow('not restored');
    await expect(sandbox.restore(join(home, 'absent'), 1)).rejects.toThrow('absent');
    await expect(sandbox.snapshot(join(home, 'no', 'folder.tar'))).rejects.toThrow('No such file');
  });
});
