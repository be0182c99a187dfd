import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { environmentHelp } from '../../cli/environment-help.ts';
import { childEnvironment, EnvironmentError, readEnvironment } from '../../config/environment.ts';

const read = (variables: Record<string, string>) => readEnvironment('/checkout', variables);

test('an empty environment has defaults, with paths against the checkout and the person’s home', () => {
  const { home, cache, port, uiPort, queue, processes, gpus, unsafeSandbox } = read({});
  expect({ home, cache, port, uiPort }).toEqual({
    home: '/checkout/.longhaul',
    cache: join(homedir(), '.cache/longhaul'),
    port: 7233,
    uiPort: 8233,
  });
  expect({ queue, gpus, unsafeSandbox }).toEqual({ queue: 'longhaul', gpus: [], unsafeSandbox: false });
  expect(processes).toMatchObject({ orchestrator: 1, rollout: 1, judge: 1 });
});

test('an empty variable counts as one that is not set', () => {
  expect(read({ LONGHAUL_PORT: '' }).port).toBe(7233);
});

test.each([
  ['LONGHAUL_PORT', 'http', 'must be a whole number'],
  ['LONGHAUL_PORT', '70000', 'must be at most 65535'],
  ['LONGHAUL_ROLLOUT_SLOTS', '0', 'must be at least 1'],
  ['LONGHAUL_JUDGE_WORKERS', '-1', 'must be a whole number'],
  ['LONGHAUL_UNSAFE_SANDBOX', 'yes', 'must be 0 or 1'],
  ['LONGHAUL_STOP_GRACE', '30', 'must be a duration'],
  ['LONGHAUL_GPUS', '0 1', 'must be device ids'],
  ['LONGHAUL_LOG_LEVEL', 'loud', 'must be debug'],
  ['LONGHAUL_QUEUE', 'a b', 'must be letters'],
])('a value that is wrong is named with its variable: %s=%s', (name, value, why) => {
  expect(() => read({ [name]: value })).toThrow(EnvironmentError);
  expect(() => read({ [name]: value })).toThrow(`${name}="${value}" ${why}`);
});

test('the UI has the port a thousand above the server’s, a free one where the server takes a free one, or its own', () => {
  expect(read({ LONGHAUL_PORT: '7000' }).uiPort).toBe(8000);
  expect(read({ LONGHAUL_PORT: '0' }).uiPort).toBe(0);
  expect(read({ LONGHAUL_PORT: '7000', LONGHAUL_UI_PORT: '9' }).uiPort).toBe(9);
});

test('devices are listed by their ids', () => {
  expect(read({ LONGHAUL_GPUS: '0,1,GPU-3a' }).gpus).toEqual(['0', '1', 'GPU-3a']);
});

test('a child that is told the server is not led elsewhere by a profile of the Temporal CLI', () => {
  process.env['TEMPORAL_PROFILE'] = 'cloud';
  try {
    const local = childEnvironment({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(local['TEMPORAL_PROFILE']).toBeUndefined();
    expect(local['TEMPORAL_ADDRESS']).toBe('127.0.0.1:1');
    expect(local['PATH']).toBe(process.env['PATH']);
    expect(childEnvironment({ A: 'b' })).toMatchObject({ TEMPORAL_PROFILE: 'cloud', A: 'b' });
  } finally {
    delete process.env['TEMPORAL_PROFILE'];
  }
});

test('what a child is given goes before this process’s variables, what it is given unless set after them', () => {
  const given = childEnvironment({ PATH: '/child' }, { PATH: '/fallback', GOMAXPROCS: '1' });
  expect(given).toMatchObject({ PATH: '/child', GOMAXPROCS: '1' });
  expect(childEnvironment({}, { PATH: '/fallback' })['PATH']).toBe(process.env['PATH']);
});

test('the help names every variable with its default: write it by `npm run help:environment`', () => {
  expect(readFileSync('cli/help/environment.txt', 'utf8')).toBe(environmentHelp());
});
