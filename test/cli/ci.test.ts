import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolders } from '../support/temporary.ts';
import { fakeProgram } from './setup/fake-tools.ts';

const folder = temporaryFolders();

/** `.ci/run` in a checkout whose npm does this; chromium is there, or an apt-get that does that. */
function ci(npm: string, { apt, seconds = '60' }: { apt?: string; seconds?: string } = {}) {
  const root = folder();
  mkdirSync(join(root, '.ci'));
  cpSync('.ci/run', join(root, '.ci/run'));
  const tools = join(root, 'tools');
  fakeProgram(join(tools, 'npm'), npm);
  if (apt === undefined) fakeProgram(join(tools, 'chromium'), '');
  else fakeProgram(join(tools, 'apt-get'), apt);
  for (const name of ['bash', 'sh', 'dirname', 'id', 'timeout', 'sleep', 'cat', 'kill']) {
    fakeProgram(join(tools, name), `exec ${['/usr/bin', '/bin'].map((place) => join(place, name))[0]} "$@"`);
  }
  const env = { PATH: tools, CI: 'true', LONGHAUL_CI_SECONDS: seconds };
  return spawnSync('/bin/bash', [join(root, '.ci/run')], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

test('ci ends with the line that the tests end with, and with their exit code', () => {
  const fine = ci('echo working; echo "3 passed, 0 failed"');
  expect([fine.status, lastLine(fine.stdout)]).toEqual([0, '3 passed, 0 failed']);
  const broken = ci('echo "3 passed, 2 failed"; exit 1');
  expect([broken.status, lastLine(broken.stdout)]).toEqual([1, '3 passed, 2 failed']);
});

test('ci goes on where chromium cannot be installed', () => {
  const { status, stdout } = ci('echo "1 passed, 0 failed"', { apt: 'exit 100' });
  expect([status, lastLine(stdout)]).toEqual([0, '1 passed, 0 failed']);
});

test('ci does not hang: tests that do not end are a failure', () => {
  const { status, stdout } = ci('sleep 600', { seconds: '1' });
  expect([status, lastLine(stdout)]).toEqual([124, '0 passed, 1 failed']);
});

test('ci has no stdin to wait for', () => {
  const { stdout } = ci('cat; echo "1 passed, 0 failed"');
  expect(lastLine(stdout)).toBe('1 passed, 0 failed');
});
