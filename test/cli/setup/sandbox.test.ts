import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, jest, test } from '@jest/globals';
import { ensureSandbox } from '../../../cli/setup/sandbox.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { fakeProgram } from './fake-tools.ts';

const folder = temporaryFolders();
const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
beforeEach(() => void said.mockClear());

const BWRAP = 'case "$1" in --version) echo "bubblewrap 0.8.0";; esac';

/** A machine with an apt-get that does this. */
function machine(apt: (bwrap: string) => string): { bwrap: string; aptGet: string; log: string } {
  const place = folder();
  const [bwrap, log] = [join(place, 'bwrap'), join(place, 'apt.log')];
  return { bwrap, log, aptGet: fakeProgram(join(place, 'apt-get'), `echo "$*" >> ${log}\n${apt(bwrap)}`) };
}

const installs = (bwrap: string): string =>
  `[ "$1" = install ] && printf '#!/bin/sh\\n${BWRAP}\\n' > ${bwrap} && chmod +x ${bwrap}; exit 0`;

test('root on Debian gets bubblewrap from the package manager, and is told before', async () => {
  const { bwrap, aptGet, log } = machine(installs);
  expect(await ensureSandbox({ unsafe: false, isRoot: true, bwrap, aptGet })).toBe(`bubblewrap (${bwrap})`);
  expect(readFileSync(log, 'utf8')).toBe('update\ninstall -y --no-install-recommends bubblewrap\n');
  expect(said.mock.calls[0]?.[0]).toContain('installing bubblewrap');
});

test('who is not root is told the command', async () => {
  const { bwrap, aptGet, log } = machine(installs);
  const refused = ensureSandbox({ unsafe: false, isRoot: false, bwrap, aptGet });
  await expect(refused).rejects.toThrow(/bubblewrap is missing: install it with `.*bubblewrap`/);
  expect(existsSync(log)).toBe(false);
});

test('a package manager that fails is shown, and the missing program is named all the same', async () => {
  const { bwrap, aptGet } = machine(() => 'echo "Temporary failure resolving" >&2; exit 100');
  await expect(ensureSandbox({ unsafe: false, isRoot: true, bwrap, aptGet })).rejects.toThrow('bubblewrap is missing');
  expect(said.mock.calls.map(([text]) => text).join('')).toContain('Temporary failure resolving');
});

test('nothing is installed where bubblewrap works', async () => {
  const { aptGet, log } = machine(installs);
  const bwrap = fakeProgram(join(folder(), 'bwrap'), BWRAP);
  expect(await ensureSandbox({ unsafe: false, isRoot: true, bwrap, aptGet })).toBe(`bubblewrap (${bwrap})`);
  expect(existsSync(log)).toBe(false);
});

test('who asks for plain processes gets them where bubblewrap does not work, with a warning', async () => {
  const { bwrap, aptGet, log } = machine(installs);
  expect(await ensureSandbox({ unsafe: true, isRoot: true, bwrap, aptGet })).toContain('plain processes');
  expect(said.mock.calls[0]?.[0]).toContain('WARNING');
  expect(existsSync(log)).toBe(false);
});
