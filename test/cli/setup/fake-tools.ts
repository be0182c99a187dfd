import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a shell script that stands in for a program; returns its path. */
export function fakeProgram(file: string, script: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A temporal binary that says it holds a server of this version. */
export const fakeTemporal = (folder: string, server: string): string =>
  fakeProgram(join(folder, 'temporal'), `echo 'temporal version 0.0.0-DEV (Server ${server}, UI 2.50.1)'`);
