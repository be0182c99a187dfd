import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from '@jest/globals';
import {
  hostProcesses,
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

/** A file of the host for the body, readable by everyone, removed afterwards. */
async function withSecret(body: (path: string, secret: string) => Promise<void>): Promise<void> {
  const path = join(tmpdir(), `longhaul-secret-${randomUUID()}`);
  const secret = randomUUID();
  writeFileSync(path, secret, { mode: 0o666 });
  try {
    await body(path, secret);
    expect(readFileSync(path, 'utf8')).toBe(secret);
  } finally {
    rmSync(path, { force: true });
  }
}

async function withListener(address: object, body: (server: Server) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.end('reached'));
  await new Promise<void>((resolve) => server.listen(address, resolve));
  try {
    await body(server);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("the host's files cannot be read, by their path or through any process's root", async () => {
  await withSecret(async (path) => {
    await withSandbox({}, async (sandbox) => {
      for (const way of [
        path,
        `/proc/1/root${path}`,
        `/proc/self/root${path}`,
        `/proc/self/cwd/../..${path}`,
        `/oldroot${path}`,
      ]) {
        expect(await run(sandbox, `cat '${way}'`)).toMatchObject({ exitCode: 1 });
      }
      expect(await output(sandbox, 'ls /')).toBe((await output(sandbox, 'ls -d /*')).replaceAll('/', ''));
      const seen = (await output(sandbox, 'ls /')).split('\n');
      const allowed = ['bin', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'proc', 'sbin', 'tmp', 'usr', 'workspace'];
      expect(seen.filter((name) => !allowed.includes(name))).toEqual([]);
      expect(await output(sandbox, 'cat /etc/shadow 2>/dev/null; ls /tmp; cat /etc/passwd | wc -l')).toBe('3');
    });
  });
});

test("the environment of the worker and of the host's processes cannot be read", async () => {
  const secrets = readFileSync(`/proc/${process.pid}/environ`, 'utf8')
    .split('\0')
    .filter((entry) => entry.length > 20);
  expect(secrets.length).toBeGreaterThan(0);
  await withSandbox({}, async (sandbox, { home }) => {
    const { output } = await run(sandbox, 'env; cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"');
    expect(output).toContain('HOME=/workspace');
    expect(secrets.filter((entry) => output.includes(entry))).toEqual([]);
    const supervisor = readFileSync(`/proc/${supervisorOf(home)}/environ`, 'utf8');
    expect(secrets.filter((entry) => supervisor.includes(entry))).toEqual([]);
  });
});

test('the network cannot be reached, not even the host by its loopback', async () => {
  await withListener({ host: '127.0.0.1', port: 0 }, async (server) => {
    const { port } = server.address() as { port: number };
    const connect = `import socket; print(socket.create_connection(("127.0.0.1", ${port}), 3).recv(9))`;
    await withSandbox({}, async (sandbox) => {
      expect(await run(sandbox, `python3 -c '${connect}'`)).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('refused'),
      });
      const names = (await output(sandbox, 'cat /proc/net/dev')).match(/^ *\w+:/gm);
      expect(names?.map((name) => name.trim())).toEqual(['lo:']);
    });
  });
});

test("the host's abstract sockets cannot be reached", async () => {
  const name = `longhaul-${randomUUID()}`;
  await withListener({ path: `\0${name}` }, async () => {
    const connect = `import socket; s=socket.socket(socket.AF_UNIX); s.connect("\\0${name}"); print(s.recv(9))`;
    await withSandbox({}, async (sandbox) => {
      expect(await run(sandbox, `python3 -c '${connect}'`)).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('refused'),
      });
    });
  });
});

test('no namespace can be made and nothing mounted, so that no file system without limits comes about', async () => {
  await withSandbox({}, async (sandbox) => {
    for (const way of ['unshare -U true', 'unshare -Urm true', 'mount -t tmpfs none /tmp', 'chroot /tmp true']) {
      expect(await run(sandbox, way)).toMatchObject({ exitCode: expect.any(Number), ended: 'exit' });
      expect((await run(sandbox, way)).exitCode).not.toBe(0);
    }
    const caps = await output(sandbox, 'grep -E "Cap(Prm|Eff|Amb)|NoNewPrivs" /proc/self/status');
    expect(caps.replace(/\s+/g, ' ')).toBe(
      'CapPrm: 0000000000000000 CapEff: 0000000000000000 CapAmb: 0000000000000000 NoNewPrivs: 1',
    );
  });
});

test('a daemon in a session of its own does not outlive its sandbox, however that ends', async () => {
  for (const end of ['close', 'kill', 'idle'] as const) {
    await withHome(async (home, provider) => {
      const mark = `sleep 33${process.pid}`;
      const { sandbox } = await provider.open(spec({ idleSeconds: end === 'idle' ? 0.3 : 60 }));
      await run(sandbox, `(setsid env -i ${mark} > /dev/null 2>&1 &)`);
      expect(hostProcesses(mark)).toHaveLength(1);
      if (end === 'kill') process.kill(supervisorOf(home), 'SIGKILL');
      if (end === 'close') await sandbox.close();
      await until(() => hostProcesses(mark).length === 0, `the daemon ends on ${end}`);
      await sandbox.close();
    });
  }
});

test('nothing outside the workspace can be written, directly or through links', async () => {
  await withSecret(async (path) => {
    await withSandbox({}, async (sandbox) => {
      const places = [
        '/x',
        '/usr/x',
        '/etc/x',
        '/etc/passwd',
        '/dev/x',
        '/proc/sys/kernel/hostname',
        '/home/x',
        '/run/x',
      ];
      for (const place of places) expect((await run(sandbox, `echo x > ${place}`)).exitCode).not.toBe(0);
      // In the sandbox the link leads to its own /tmp: what matters is that the host's file stays as it was.
      await run(sandbox, `ln -s ${path} link; echo x > link`);
      expect((await run(sandbox, 'ln -s /usr/bin/env other; echo x > other')).exitCode).not.toBe(0);
      expect((await run(sandbox, 'ln /etc/passwd hard')).exitCode).not.toBe(0);
    });
  });
});

test('a link in the place of a mount does not lead bubblewrap out of the workspace when it is opened again', async () => {
  await withSecret(async (path, secret) => {
    await withHome(async (home, provider) => {
      const { sandbox } = await provider.open(spec());
      const created = `${path}-created`;
      await run(
        sandbox,
        `ln -s ${path} task; ln -s ${created} other; ln -s /oldroot${created} third; ln -s ${tmpdir()} deep`,
      );
      await sandbox.detach();
      process.kill(supervisorOf(home), 'SIGKILL');
      const source = join(home, 'shown');
      writeFileSync(source, 'shown');
      const targets = ['task', 'other', 'third', 'deep/file'].map((name) => `/workspace/${name}`);
      const again = await provider.open(spec({ mounts: targets.map((target) => ({ source, target })) }));
      expect(await output(again.sandbox, 'cat task other third deep/file')).toBe('shown'.repeat(4));
      expect((await run(again.sandbox, 'echo x > task')).exitCode).not.toBe(0);
      expect(() => statSync(created)).toThrow('ENOENT');
      expect(readFileSync(path, 'utf8')).toBe(secret);
      await again.sandbox.close();
    });
  });
});

test('another sandbox can neither be read nor seen', async () => {
  await withHome(async (home, provider) => {
    const one = (await provider.open(spec({ id: 'one' }))).sandbox;
    const two = (await provider.open(spec({ id: 'two' }))).sandbox;
    await run(one, `echo secret > file; chmod 777 . file; sleep 60 &`);
    const found = await run(
      two,
      `cat ${sandboxFolder(home, 'one')}/workspace/file; cat /proc/*/root/workspace/file; ps aux`,
    );
    expect(found.output).not.toContain('secret');
    expect(found.output).not.toContain('sleep 60');
    await Promise.all([one.close(), two.close()]);
  });
});

test("the host's processes can neither be seen nor signalled", async () => {
  await withSandbox({}, async (sandbox, { home }) => {
    const [supervisor, worker] = [supervisorOf(home), process.pid];
    expect((await run(sandbox, `kill -9 ${supervisor} ${worker}`)).exitCode).not.toBe(0);
    await run(sandbox, 'kill -9 -1');
    expect(runs(supervisor)).toBe(true);
    expect(await output(sandbox, 'echo on')).toBe('on');
    expect(await output(sandbox, 'set -- /proc/[0-9]*; echo $#')).toBe('2'); // its first process and this shell
  });
});
