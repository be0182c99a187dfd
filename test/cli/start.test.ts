import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { report } from '../../core/report.ts';
import { temporalCli } from '../support/dev-server.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const recipe = (rolloutsPerTask: number) => ({
  name: 'tiny',
  tasks: { type: 'micropapers', train: 2, heldout: 1 },
  policies: { teacher: { type: 'scripted' }, idle: { type: 'idle' } },
  rollout: { clock: { type: 'virtual' }, heartbeat: '2s' },
  stages: [
    { type: 'distill', policy: 'teacher', rolloutsPerTask, timeout: '1500s', accept: { minScore: 0 } },
    { type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' },
  ],
});

interface Command {
  child: ChildProcess;
  text: { out: string; err: string };
  code: Promise<number | null>;
}

/** One of the commands, as npm runs it. */
function command(home: string, ...args: string[]): Command {
  const child = spawn(process.execPath, [resolve('cli/bootstrap.cjs'), ...args], {
    env: {
      ...process.env,
      LONGHAUL_HOME: home,
      LONGHAUL_PORT: '0',
      LONGHAUL_STOP_GRACE: '10s',
      TEMPORAL_CLI_PATH: temporalCli(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  started.push(child);
  return { child, text, code: new Promise((ended) => child.once('close', ended)) };
}

function recipeIn(home: string, rolloutsPerTask: number): string {
  const file = join(home, `recipe-${rolloutsPerTask}.json`);
  writeFileSync(file, JSON.stringify(recipe(rolloutsPerTask)));
  return file;
}

const reportIn = (home: string) =>
  report.parse(JSON.parse(readFileSync(join(home, 'store/runs/tiny/report.json'), 'utf8')));

test('start plays a run to a report that closes; again it prints the report; with another recipe it is refused', async () => {
  const home = folder();
  const file = recipeIn(home, 2);
  const first = command(home, 'start', '--recipe', file);
  expect([await first.code, first.text.err]).toEqual([0, expect.not.stringContaining('Error')]);
  expect(reportIn(home).ledger).toEqual({ planned: 5, scored: 5, infraFailed: 0, cancelled: 0 });
  expect(first.text.out).toContain('distill begins\n');
  expect(first.text.out).toContain('5 rollouts planned = 5 scored + 0 infra-failed + 0 cancelled');
  expect(readdirSync(join(home, 'pids'))).toEqual([]);

  const again = command(home, 'start', '--recipe', file);
  expect(await again.code).toBe(0);
  expect(again.text.out).not.toContain('begins');
  expect(again.text.out).toContain('5 rollouts planned');

  const other = command(home, 'start', '--recipe', recipeIn(home, 3));
  expect(await other.code).toBe(1);
  expect(other.text.err).toContain('the run "tiny" was begun with another recipe');

  const shown = command(home, 'show', readdirSync(join(home, 'store/runs/tiny/rollouts'))[0] ?? '');
  expect(await shown.code).toBe(0);
  expect(shown.text.out).toMatch(/--- turn 1[^]*verdict: \d\.\d{3} by /);
}, 180_000);

test('Ctrl-C leaves the run resumable and says how; start goes on with what was finished', async () => {
  const home = folder();
  const file = recipeIn(home, 15);
  const first = command(home, 'start', '--recipe', file);
  await eventually(() => first.text.out.includes('distill: ') || first.child.exitCode !== null);
  first.child.kill('SIGINT');
  expect(await first.code).toBe(130);
  expect(first.text.out).toContain(`the run "tiny" is not finished: \`npm start -- --recipe ${file}\` goes on with it`);
  const finished = recordsIn(home);
  expect(finished.size).toBeGreaterThan(0);

  const second = command(home, 'start', '--recipe', file);
  expect(await second.code).toBe(0);
  expect(reportIn(home).ledger).toEqual({ planned: 31, scored: 31, infraFailed: 0, cancelled: 0 });
  const after = recordsIn(home);
  for (const [id, text] of finished) expect(after.get(id)).toBe(text);
}, 180_000);

test('start uses the server and the pools of an up on the same home, and leaves them running', async () => {
  const home = folder();
  const up = command(home, 'worker', 'nonsense');
  expect(await up.code).toBe(2);
  expect(up.text.err).toContain('there is no pool "nonsense"');

  const running = command(home, 'up');
  await eventually(() => running.text.out.includes('ready ') || running.child.exitCode !== null);
  const start = command(home, 'start', '--recipe', recipeIn(home, 1));
  expect(await start.code).toBe(0);
  expect(start.text.out).toContain(/ui=(\S+)/.exec(running.text.out)?.[1]);
  expect(running.child.exitCode).toBeNull();
  running.child.kill('SIGTERM');
  expect(await running.code).toBe(0);
  expect(readdirSync(join(home, 'pids'))).toEqual([]);
}, 180_000);

/** The records that the store holds, by rollout. */
function recordsIn(home: string): Map<string, string> {
  const rollouts = join(home, 'store/runs/tiny/rollouts');
  const records = readdirSync(rollouts, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('record.json'),
  );
  return new Map(records.map((name) => [name, readFileSync(join(rollouts, name), 'utf8')]));
}
