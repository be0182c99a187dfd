import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAlive } from '../../../cli/bootstrap/process-mark.cjs';
import { backoffMs } from '../../../cli/supervisor/backoff.ts';
import type { ProcessSpec } from '../../../cli/supervisor/process-spec.ts';
import { supervise, type Supervisor, type SupervisorEvent } from '../../../cli/supervisor/supervise.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { DEAF, gone, logged, nodeProcess, OBEDIENT, otherThan } from './processes.ts';

const folder = temporaryFolders();
const running: Supervisor[] = [];
afterEach(() => Promise.all(running.splice(0).map((supervisor) => supervisor.stop())));

function start(specs: ProcessSpec[], { graceMs = 5000 } = {}) {
  const home = folder();
  const [pids, logs] = [join(home, 'pids'), join(home, 'logs')];
  const events: SupervisorEvent[] = [];
  const backoff = { firstMs: 5, mostMs: 40, healthyMs: 60_000 };
  const supervisor = supervise({ pids, logs, graceMs, backoff, onEvent: (event) => events.push(event) });
  running.push(supervisor);
  for (const spec of specs) supervisor.keep(spec);
  const fileOf = (name: string) => ({ pid: join(pids, `${name}.pid`), log: join(logs, `${name}.log`) });
  return { supervisor, events, pids, fileOf };
}

test('a process that was killed is started again, and its pid file names the new one', async () => {
  const { fileOf, events } = start([nodeProcess('rollout', OBEDIENT)]);
  const { pid, log } = fileOf('rollout.0');
  const first = await otherThan(pid, 0);
  await logged(log, 'runs');
  process.kill(first, 'SIGKILL');
  const second = await otherThan(pid, first);
  expect(events).toEqual([
    { type: 'started', process: 'rollout.0', pid: first },
    { type: 'ended', process: 'rollout.0', restartInMs: 5, code: null, signal: 'SIGKILL' },
    { type: 'started', process: 'rollout.0', pid: second },
  ]);
});

test('one that keeps dying is started again ever more slowly', async () => {
  const { events } = start([nodeProcess('judge', 'process.exit(3)')]);
  const ends = () => events.flatMap((event) => (event.type === 'ended' ? [event] : []));
  await eventually(() => ends().length >= 5);
  expect(
    ends()
      .map((event) => event.restartInMs)
      .slice(0, 5),
  ).toEqual([5, 10, 20, 40, 40]);
  expect(ends()[0]).toMatchObject({ code: 3, signal: null });
});

test('a program that is not there is tried again as well, and the supervisor lives', async () => {
  const { events } = start([nodeProcess('judge', '', { command: ['/nowhere/node'] })]);
  await eventually(() => events.length >= 2);
  expect(events[0]).toMatchObject({ type: 'ended', process: 'judge.0', code: 127 });
});

test('stopping lets every process end in its own time and leaves neither process nor pid file', async () => {
  const slow =
    "process.on('SIGTERM', () => setTimeout(() => { console.log('done'); process.exit(0); }, 200)); setInterval(() => 0, 1e3); console.log('runs')";
  const { supervisor, fileOf, events, pids } = start([nodeProcess('rollout', slow), nodeProcess('judge', OBEDIENT)]);
  await logged(fileOf('rollout.0').log, 'runs');
  await logged(fileOf('judge.0').log, 'runs');
  const started = events.flatMap((event) => (event.type === 'started' ? [event.pid] : []));
  await supervisor.stop();
  expect(started.filter((pid) => isAlive(pid))).toEqual([]);
  expect(readdirSync(pids)).toEqual([]);
  await logged(fileOf('rollout.0').log, 'done');
  expect(events.filter((event) => event.type === 'ended')).toEqual([]);
});

test('a process that does not end within the grace is killed', async () => {
  const { supervisor, fileOf } = start([nodeProcess('rollout', DEAF)], { graceMs: 100 });
  await logged(fileOf('rollout.0').log, 'runs');
  const pid = await otherThan(fileOf('rollout.0').pid, 0);
  await supervisor.stop();
  expect(isAlive(pid)).toBe(false);
});

test('the dev server ends after the workers, which report to it to the last', async () => {
  const home = folder();
  const note = (name: string): string =>
    `process.on('SIGTERM', () => setTimeout(() => { require('fs').appendFileSync(${JSON.stringify(join(home, 'order'))}, '${name} '); process.exit(0); }, 100)); setInterval(() => 0, 1e3); console.log('runs')`;
  const server = nodeProcess('temporal', note('server'), { parent: 'lifeline' });
  const { supervisor, fileOf } = start([server, nodeProcess('rollout', note('worker'))]);
  await logged(fileOf('temporal.0').log, 'runs');
  await logged(fileOf('rollout.0').log, 'runs');
  await supervisor.stop();
  await logged(join(home, 'order'), 'worker server ');
  expect(existsSync(fileOf('temporal.0').pid)).toBe(false);
});

test('when the supervisor itself is killed no process is left, whatever program it is', async () => {
  const home = folder();
  const script = `
    const { supervise } = require(${JSON.stringify(resolve('cli/supervisor/supervise.ts'))});
    const { nodeProcess, OBEDIENT } = require(${JSON.stringify(resolve('test/cli/supervisor/processes.ts'))});
    const supervisor = supervise({ pids: ${JSON.stringify(home)}, logs: ${JSON.stringify(home)}, graceMs: 1000 });
    supervisor.keep(nodeProcess('rollout', OBEDIENT));
    supervisor.keep({ ...nodeProcess('temporal', '', { parent: 'lifeline' }), command: ['sleep', '600'] });`;
  const parent = spawn(process.execPath, ['-r', resolve('tools/typescript.cjs'), '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const worker = await otherThan(join(home, 'rollout.0.pid'), 0);
  const server = await otherThan(join(home, 'temporal.0.pid'), 0);
  await logged(join(home, 'rollout.0.log'), 'runs');
  parent.kill('SIGKILL');
  await gone(worker);
  await gone(server);
});

test('the wait doubles from the first to the most and never shrinks', () => {
  const backoff = { firstMs: 500, mostMs: 30_000, healthyMs: 1 };
  expect([1, 2, 3, 7, 50].map((failures) => backoffMs(backoff, failures))).toEqual([500, 1000, 2000, 30_000, 30_000]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), (failures) => {
      const wait = backoffMs(backoff, failures);
      expect(wait).toBeGreaterThanOrEqual(500);
      expect(backoffMs(backoff, failures + 1)).toBeGreaterThanOrEqual(wait);
    }),
  );
});
