import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../../core/names.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const home = temporaryFolder();
const ID = 'r.distill.0.train-0.0';
const LAST = 'and that is all';

/** A rollout whose one observation is far more than the 64 KiB that a pipe holds. */
beforeAll(() => {
  const observation = {
    callId: 'c0',
    output: `${'line\n'.repeat(300_000)}${LAST}`,
    exitCode: 0,
    ended: 'exit',
    seconds: 1,
  };
  const log = join(home, 'store', keys.turns(ID));
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(
    log,
    `${JSON.stringify({ type: 'opened', epoch: 1 })}\n` +
      `${JSON.stringify({ type: 'acted', epoch: 1, turn: 0, text: 'yes', calls: [{ id: 'c0', name: 'sh', input: {} }], usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 }, policyVersion: 'p', active: 1 })}\n` +
      `${JSON.stringify({ type: 'observed', epoch: 1, turn: 0, observations: [observation], active: 2 })}\n`,
  );
});

const WAYS = [
  { way: 'as npm runs it', entry: 'cli/bootstrap.cjs' },
  { way: 'as a container runs it', entry: 'dist/cli/main.js' },
];

const sh = (line: string) =>
  spawnSync('sh', ['-c', line], {
    encoding: 'utf8',
    env: { ...process.env, LONGHAUL_HOME: home },
    maxBuffer: 2 ** 24,
  });

test.each(WAYS)('what a command prints arrives whole, however slow the reader is: $way', ({ entry }) => {
  const { stdout } = sh(`node ${entry} show ${ID} | (sleep 1; cat)`);
  expect(stdout.length).toBeGreaterThan(2 ** 20);
  expect(stdout).toContain(LAST);
});

test.each(WAYS)('a reader that has seen enough ends a command quietly: $way', ({ entry }) => {
  const { stdout, stderr } = sh(`{ node ${entry} show ${ID}; echo "ended with $?" >&2; } | head -1`);
  expect(stdout).toBe(`${ID}\n`);
  expect(stderr).not.toContain('EPIPE');
  expect(stderr).toMatch(/ended with 0\n$/);
});

test('what a command says of its failure arrives whole as well, and so does its exit code', () => {
  const { stdout } = sh(
    `{ node cli/bootstrap.cjs ${'x'.repeat(100_000)} 2>&1; echo "ended with $?"; } | (sleep 1; cat)`,
  );
  expect(stdout.length).toBeGreaterThan(100_000);
  expect(stdout).toContain('ended with 2\n');
});
