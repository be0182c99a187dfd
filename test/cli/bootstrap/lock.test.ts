import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withLock } from '../../../cli/bootstrap/lock.cjs';
import { isSameProcess, markOf } from '../../../cli/bootstrap/process-mark.cjs';
import { temporaryFolders } from '../../support/temporary.ts';

const temporaryFolder = temporaryFolders();
const file = (): string => join(temporaryFolder(), 'some/lock');

test('two who want the lock have it one after the other, and the second is told whom it waits for', async () => {
  const lock = file();
  const events: string[] = [];
  let finish = (): void => undefined;
  const first = withLock(lock, () => new Promise<void>((resolve) => (finish = resolve)));
  const second = withLock(
    lock,
    () => void events.push('second'),
    (pid) => {
      events.push(`waits for ${pid}`);
      finish();
    },
  );
  await first;
  events.push('first is done');
  await second;
  expect(events).toEqual([`waits for ${process.pid}`, 'first is done', 'second']);
  expect(existsSync(lock)).toBe(false);
});

test('the lock is free again after work that failed', async () => {
  const lock = file();
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(lock, () => 'yes')).toBe('yes');
});

test('a lock whose holder has died is taken over', async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lock'), '999999999:1');
  expect(await withLock(join(folder, 'lock'), () => readFileSync(join(folder, 'lock'), 'utf8'))).toBe(
    markOf(process.pid),
  );
});

test('a later process with the same pid is not taken for the holder', () => {
  expect(isSameProcess(markOf(process.pid))).toBe(true);
  expect(isSameProcess(`${process.pid}:1`)).toBe(process.platform !== 'linux');
  expect(isSameProcess('999999999:')).toBe(false);
  expect(isSameProcess('')).toBe(false);
});
