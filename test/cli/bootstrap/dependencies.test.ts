import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { install } from '../../../cli/bootstrap/dependencies.cjs';
import { refuseOldNode } from '../../../cli/bootstrap/node-version.cjs';
import { missing } from '../../../tools/complete-lock.cjs';
import { temporaryFolders } from '../../support/temporary.ts';

const temporaryFolder = temporaryFolders();
const LOCK = {
  '': {},
  'node_modules/a': { version: '1.0.0' },
  'node_modules/mac': { version: '2.0.0', optional: true },
};

function checkout(installed?: object): string {
  const root = temporaryFolder();
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: LOCK }));
  mkdirSync(join(root, 'node_modules'));
  if (installed) writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  return root;
}

test.each([
  ['packages were never installed', undefined, true],
  ['all that is wanted is there', { 'node_modules/a': { version: '1.0.0' } }, false],
  ['a version has changed', { 'node_modules/a': { version: '0.9.0' } }, true],
  ['a package is missing', { 'node_modules/mac': { version: '2.0.0' } }, true],
])('packages are installed only where it is needed: %s', (_case, installed, needed) => {
  expect(install.needed(checkout(installed))).toBe(needed);
});

test('the lock file names the packages of every platform, wherever it was written: `npm run lock` adds them', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: object };
  expect(missing(packages)).toEqual({});
  const left = { 'node_modules/a': { dev: true, optionalDependencies: { 'a-linux-x64-musl': '1.0.0' } } };
  expect(missing(left)).toEqual({
    'node_modules/a-linux-x64-musl': {
      version: '1.0.0',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  });
});

test('the lock file names no registry', () => {
  expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
});

test('an install that fails says with which command, and how it ended', () => {
  const root = checkout();
  const tools = temporaryFolder();
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\necho "no network here" >&2\nexit 7\n');
  chmodSync(join(tools, 'npm'), 0o755);
  const script = `require(${JSON.stringify(resolve('cli/bootstrap/dependencies.cjs'))}).install.run(${JSON.stringify(root)})
    .catch((error) => { console.log(error.message); process.exitCode = 3; })`;
  const { status, stdout } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { PATH: `${tools}:/usr/bin:/bin` },
  });
  expect(status).toBe(3);
  expect(stdout).toContain('`npm ci --include=dev');
  expect(stdout).toContain('ended with 7:\nno network here');
});

test.each(['20.19.0', '20.30.1', '22.12.0', '24.0.0'])('Node %s will do', (version) => {
  expect(() => refuseOldNode(version)).not.toThrow();
});

test.each(['18.20.0', '20.18.3', '21.7.0', '22.11.9'])('Node %s is refused in a sentence', (version) => {
  expect(() => refuseOldNode(version)).toThrow(`Node ${version} is too old`);
});

test('help needs neither packages nor a build', () => {
  const root = temporaryFolder();
  spawnSync('cp', ['-r', resolve('cli'), join(root, 'cli')]);
  for (const command of ['start', 'test', 'up', 'worker', 'show', 'report', 'bench', 'schemas', 'setup']) {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'cli/bootstrap.cjs'), command, '--help'], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('LONGHAUL_HOME');
    expect(status).toBe(0);
  }
  expect(existsSync(join(root, 'dist'))).toBe(false);
});
