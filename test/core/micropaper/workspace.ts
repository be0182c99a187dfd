import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAMS } from '../../../core/micropaper/generate.ts';

/** A folder with the programs of the micropapers, and a `sleep` that writes down its seconds instead of waiting. */
export interface Workspace {
  /** Runs a command as the sandbox does, by `sh -c`. */
  sh(command: string): { output: string; exitCode: number | null };
  /** The seconds that were slept since the last time this was asked. */
  slept(): number;
  write(path: string, content: string): void;
  remove(): void;
}

export function openWorkspace(files: Record<string, string> = {}): Workspace {
  const home = mkdtempSync(join(tmpdir(), 'micropaper-'));
  const [folder, sleeps] = [join(home, 'workspace'), join(home, 'sleeps')];
  mkdirSync(folder);
  for (const program of PROGRAMS) cpSync(join(__dirname, '../../../tasks/micropaper', program), join(folder, program));
  writeFileSync(join(home, 'sleep'), `#!/bin/sh\necho "$1" >> ${sleeps}\n`);
  chmodSync(join(home, 'sleep'), 0o755);
  writeFileSync(sleeps, '');
  const write = (path: string, content: string): void => writeFileSync(join(folder, path), content);
  for (const [path, content] of Object.entries(files)) write(path, content);
  return {
    sh(command) {
      const options = { cwd: folder, env: { PATH: `${home}:/usr/bin:/bin` }, encoding: 'utf8' } as const;
      const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', command], options);
      return { output: stdout + stderr, exitCode: status };
    },
    slept() {
      const lines = readFileSync(sleeps, 'utf8').split('\n').filter(Boolean);
      writeFileSync(sleeps, '');
      return lines.reduce((sum, line) => sum + Number(line), 0);
    },
    write,
    remove: () => rmSync(home, { recursive: true }),
  };
}
