import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { scratchFolder, scratchName, sweepScratch } from '../../activities/scratch.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folders = temporaryFolders();

/** The part of a name that says who makes it: machine, process and its start. */
const ownerOf = (file: string): string[] => (basename(file).split('.')[0] ?? '').split('-');

/** A file that another process was making when it was killed. */
async function leftByKilled(folder: string): Promise<string> {
  const program = `require('./activities/scratch.ts').scratchName(${JSON.stringify(folder)}, '.tar').then((name) => {
    require('node:fs').writeFileSync(name + '.unfinished', 'x');
    process.stdout.write(name);
    setInterval(() => undefined, 1000);
  })`;
  const child = spawn(process.execPath, ['-r', './tools/typescript.cjs', '-e', program]);
  const [name] = (await once(child.stdout, 'data')) as [Buffer];
  expect(await sweepScratch(folder)).toBe(0); // it lives
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  return name.toString();
}

test('what a process was making when it was killed goes, what a living one makes stays', async () => {
  const folder = folders();
  const killed = await leftByKilled(folder);
  const own = await scratchName(folder, '.tar');
  writeFileSync(own, 'x');
  expect(readdirSync(folder)).toHaveLength(2);
  expect(await sweepScratch(folder)).toBe(1);
  expect(readdirSync(folder)).toEqual([basename(own)]);
  expect(ownerOf(own)[0]).toBe(ownerOf(killed)[0]);
});

test('a process of the same number that began at another time is another one', async () => {
  const folder = folders();
  const [machine, pid] = ownerOf(await scratchName(folder));
  writeFileSync(join(folder, `${machine}-${pid}-1.x.tar`), 'x');
  expect(await sweepScratch(folder)).toBe(1);
});

test('what another machine makes, or nobody is known by, stays until it is old', async () => {
  const folder = folders();
  const names = ['000000000000-1-1.x.tar', 'somebody.tar'].map((name) => join(folder, name));
  for (const name of names) writeFileSync(name, 'x');
  expect(await sweepScratch(folder)).toBe(0);
  const then = Date.now() / 1000 - 7200;
  for (const name of names) utimesSync(name, then, then);
  expect(await sweepScratch(folder)).toBe(2);
});

test('a folder goes with what is in it, and where there is none nothing is swept', async () => {
  const folder = folders();
  const made = await scratchFolder(folder);
  expect(readdirSync(folder)).toEqual([basename(made)]);
  const [machine] = ownerOf(made);
  mkdirSync(join(folder, `${machine}-999999999-1.x`, 'deep'), { recursive: true });
  expect(await sweepScratch(folder)).toBe(1);
  expect(await sweepScratch(join(folder, 'none'))).toBe(0);
});
