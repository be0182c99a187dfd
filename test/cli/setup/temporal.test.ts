import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { refuseOldGo } from '../../../cli/setup/go-build.ts';
import { ensureTemporal } from '../../../cli/setup/temporal.ts';
import { isNewEnough } from '../../../cli/setup/temporal-version.ts';
import { readEnvironment, type Environment } from '../../../config/environment.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { fakeProgram, fakeTemporal } from './fake-tools.ts';

const folder = temporaryFolders();
const UNREACHABLE = 'http://127.0.0.1:9';
const servers: Server[] = [];

jest.spyOn(process.stderr, 'write').mockReturnValue(true);
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A machine with nothing but a shell. */
function machine(variables: Record<string, string> = {}): Environment {
  const given = { LONGHAUL_CACHE: folder(), LONGHAUL_TEMPORAL_DOWNLOAD: UNREACHABLE, PATH: '/nowhere', ...variables };
  return readEnvironment(resolve('.'), given);
}

const cachedIn = ({ cache }: Environment): string => join(cache, 'temporal-1.8.2/temporal');

async function site(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The official site as the SDK knows it: first where the archive is, then the archive, in which a fake temporal lies. */
async function officialSite(
  send: (archive: Buffer, ...exchange: Parameters<RequestListener>) => void,
): Promise<string> {
  const inside = folder();
  fakeTemporal(inside, '1.31.2');
  const archive = execFileSync('tar', ['-czf', '-', '-C', inside, 'temporal']);
  return site((request, response) => {
    if (request.url?.startsWith('/cli/v1.8.2?')) {
      const archiveUrl = `http://${request.headers.host}/archive`;
      response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
      return;
    }
    send(archive, request, response);
  });
}

test('TEMPORAL_CLI_PATH goes before everything else', async () => {
  const [named, onPath] = [fakeTemporal(folder(), '1.31.0'), folder()];
  fakeTemporal(onPath, '1.40.0');
  const environment = machine({ TEMPORAL_CLI_PATH: named, PATH: onPath });
  expect(await ensureTemporal(environment)).toEqual({ path: named, server: '1.31.0' });
});

test.each([
  ['too old', (): string => fakeTemporal(folder(), '1.29.1'), 'is a server 1.29.1: Longhaul needs 1.31 or newer'],
  ['no temporal', (): string => fakeProgram(join(folder(), 'x'), 'echo hello'), 'is no temporal binary'],
  ['missing', (): string => '/nowhere/temporal', 'is no temporal binary'],
])('a TEMPORAL_CLI_PATH that is %s is refused, not replaced', async (_case, make, why) => {
  await expect(ensureTemporal(machine({ TEMPORAL_CLI_PATH: make() }))).rejects.toThrow(why);
});

test('one on PATH is used where its server is new enough, whatever its own version says', async () => {
  const onPath = folder();
  const path = fakeTemporal(onPath, '1.31.2');
  expect(await ensureTemporal(machine({ PATH: onPath }))).toEqual({ path, server: '1.31.2' });
});

test('one on PATH that is too old is passed over for the cached one', async () => {
  const onPath = folder();
  fakeTemporal(onPath, '1.30.9');
  const environment = machine({ PATH: onPath });
  fakeTemporal(join(environment.cache, 'temporal-1.8.2'), '1.31.2');
  expect(await ensureTemporal(environment)).toEqual({ path: cachedIn(environment), server: '1.31.2' });
});

test('where there is none the official download is tried, put into the cache, and found there next time', async () => {
  let downloads = 0;
  const LONGHAUL_TEMPORAL_DOWNLOAD = await officialSite((archive, _request, response) => {
    downloads += 1;
    response.setHeader('content-length', archive.length).end(archive);
  });
  const environment = machine({ LONGHAUL_TEMPORAL_DOWNLOAD, PATH: '/nowhere' });
  expect(await ensureTemporal(environment)).toEqual({ path: cachedIn(environment), server: '1.31.2' });
  expect(await ensureTemporal(environment)).toEqual({ path: cachedIn(environment), server: '1.31.2' });
  expect(downloads).toBe(1);
});

test('two set-ups at once bring one binary', async () => {
  let downloads = 0;
  const LONGHAUL_TEMPORAL_DOWNLOAD = await officialSite((archive, _request, response) => {
    downloads += 1;
    response.end(archive);
  });
  const environment = machine({ LONGHAUL_TEMPORAL_DOWNLOAD });
  await Promise.all([ensureTemporal(environment), ensureTemporal(environment)]);
  expect(downloads).toBe(1);
});

test.each<[string, (archive: Buffer, ...exchange: Parameters<RequestListener>) => void]>([
  [
    'is cut off half-way',
    (archive, _request, response) => {
      response.setHeader('content-length', archive.length);
      response.write(archive.subarray(0, 40), () => response.destroy());
    },
  ],
  ['holds half an archive', (archive, _request, response) => void response.end(archive.subarray(0, 60))],
  ['is a page that says sorry', (_archive, _request, response) => void response.writeHead(503).end('sorry')],
])('a download that %s is never used, and leaves nothing behind', async (_case, send) => {
  const environment = machine({ LONGHAUL_TEMPORAL_DOWNLOAD: await officialSite(send) });
  await expect(ensureTemporal(environment)).rejects.toThrow('official download:');
  expect(existsSync(cachedIn(environment))).toBe(false);
  expect(readdirSync(join(environment.cache, 'temporal-1.8.2'))).toEqual([]);
});

test('a download that runs, but is no temporal, is never used', async () => {
  const inside = folder();
  fakeProgram(join(inside, 'temporal'), 'exit 1');
  const archive = execFileSync('tar', ['-czf', '-', '-C', inside, 'temporal']);
  const LONGHAUL_TEMPORAL_DOWNLOAD = await officialSite((_archive, _request, response) => void response.end(archive));
  const environment = machine({ LONGHAUL_TEMPORAL_DOWNLOAD });
  await expect(ensureTemporal(environment)).rejects.toThrow('what came is no working temporal binary');
  expect(existsSync(cachedIn(environment))).toBe(false);
});

test('where the Internet cannot be reached Go builds it from the pinned modules', async () => {
  const tools = folder();
  const log = join(folder(), 'go.log');
  fakeProgram(
    join(tools, 'go'),
    `[ "$1" = env ] && echo go1.26.8 && exit
     echo "$PWD $CGO_ENABLED $GOTOOLCHAIN $*" > ${log}
     for last; do [ "$previous" = -o ] && target=$last; previous=$last; done
     printf '#!/bin/sh\\necho "temporal version 0.0.0-DEV (Server 1.31.2, UI 2.50.1)"\\n' > "$target"`,
  );
  const environment = machine({ PATH: tools });
  expect(await ensureTemporal(environment)).toEqual({ path: cachedIn(environment), server: '1.31.2' });
  const call = readFileSync(log, 'utf8');
  expect(call).toContain(`${resolve('tools/temporal')} 0 auto build`);
  expect(call.trim().endsWith('github.com/temporalio/cli/cmd/temporal')).toBe(true);
});

test('a Go build that fails half-way leaves nothing behind', async () => {
  const tools = folder();
  fakeProgram(join(tools, 'go'), '[ "$1" = env ] && echo go1.26.8 && exit\necho "no space left" >&2\nexit 1');
  const environment = machine({ PATH: tools });
  await expect(ensureTemporal(environment)).rejects.toThrow('no space left');
  expect(readdirSync(join(environment.cache, 'temporal-1.8.2'))).toEqual([]);
});

test('where no way leads to a binary, each way is named with what it lacked', async () => {
  const onPath = folder();
  fakeTemporal(onPath, '1.20.0');
  mkdirSync(onPath, { recursive: true });
  const message = await ensureTemporal(machine({ PATH: onPath })).catch((error: Error) => error.message);
  expect(message).toContain('is a server 1.20.0');
  expect(message).toContain(`official download: ${UNREACHABLE} cannot be reached`);
  expect(message).toContain('Go build: there is no go on PATH (Go 1.26.4 or newer would do)');
  expect(message).toContain('TEMPORAL_CLI_PATH');
});

test.each(['go1.20.14', 'go1.9'])('a Go that cannot fetch a toolchain is named as too old: %s', (version) => {
  expect(() => refuseOldGo(`${version}\n`)).toThrow(`${version} is too old: it takes Go 1.26.4`);
});

test.each(['go1.21.0', 'go1.26.4', 'devel go1.27-abc'])(
  'a Go that builds, or fetches one that does, is taken: %s',
  (version) => {
    expect(() => refuseOldGo(version)).not.toThrow();
  },
);

test.each([
  ['1.31.0', true],
  ['1.31', true],
  ['1.32.0', true],
  ['2.0.0', true],
  ['1.30.99', false],
  ['0.99.0', false],
])('versions are compared as numbers: is %s at least 1.31? %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
