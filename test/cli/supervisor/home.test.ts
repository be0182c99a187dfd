import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isAlive, markOf } from '../../../cli/bootstrap/process-mark.cjs';
import { claimHome, whoRuns } from '../../../cli/supervisor/claim.ts';
import { freeNumbers, sweepHome } from '../../../cli/supervisor/sweep.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { gone } from './processes.ts';

const folder = temporaryFolders();
const DEAD = '999999999:1';

/** A process with a pid file in a home; it belongs to a supervisor, or to nobody. */
async function withPidFile(home: string, name: string, environment: Record<string, string>): Promise<number> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: { ...process.env, ...environment } });
  mkdirSync(join(home, 'pids'), { recursive: true });
  writeFileSync(join(home, 'pids', `${name}.pid`), `${child.pid}\n`);
  await eventually(() => isAlive(child.pid ?? 0));
  return child.pid ?? 0;
}

test('a home has one supervisor: a second one is refused in a sentence that names the first', async () => {
  const home = folder();
  const claim = await claimHome(home, 'up');
  await expect(claimHome(home, 'start')).rejects.toThrow(
    `\`npm run up\` (process ${process.pid}) is running in ${home} already`,
  );
  claim.release();
  (await claimHome(home, 'start')).release();
});

test('where the server is can be learnt from the home while it runs', async () => {
  const home = folder();
  expect(whoRuns(home)).toBeUndefined();
  const claim = await claimHome(home, 'up');
  claim.announce({ temporal: '127.0.0.1:1', ui: 'http://127.0.0.1:2' });
  expect(whoRuns(home)).toMatchObject({ command: 'up', temporal: '127.0.0.1:1', ui: 'http://127.0.0.1:2' });
  claim.release();
  expect(whoRuns(home)).toBeUndefined();
});

test('a home whose supervisor was killed is free', async () => {
  const home = folder();
  writeFileSync(join(home, 'running.json'), JSON.stringify({ mark: DEAD, command: 'up', temporal: 'x', ui: 'y' }));
  expect(whoRuns(home)).toBeUndefined();
  (await claimHome(home, 'start')).release();
});

test('what a killed supervisor left is ended, its pid files removed', async () => {
  const home = folder();
  const orphan = await withPidFile(home, 'rollout.0', { LONGHAUL_HOME: home, LONGHAUL_SUPERVISOR: DEAD });
  await sweepHome(home, 1000);
  expect(readdirSync(join(home, 'pids'))).toEqual([]);
  await gone(orphan);
});

test.each([
  ['a process of somebody else that has got the pid', (home: string) => ({ LONGHAUL_HOME: `${home}-other` }), false],
  [
    'a worker that another supervisor keeps',
    (home: string) => ({ LONGHAUL_HOME: home, LONGHAUL_SUPERVISOR: markOf(process.pid) }),
    true,
  ],
])('the sweep leaves alone %s', async (_what, environment, fileStays) => {
  const home = folder();
  const pid = await withPidFile(home, 'judge.0', environment(home));
  try {
    await sweepHome(home, 1000);
    expect(isAlive(pid)).toBe(true);
    expect(existsSync(join(home, 'pids/judge.0.pid'))).toBe(fileStays);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

test('further workers of a home take the numbers that are free', async () => {
  const home = folder();
  const pid = await withPidFile(home, 'rollout.0', { LONGHAUL_HOME: home, LONGHAUL_SUPERVISOR: markOf(process.pid) });
  try {
    expect(await freeNumbers(home, 'rollout', 2)).toEqual([1, 2]);
    expect(await freeNumbers(home, 'judge', 1)).toEqual([0]);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});
