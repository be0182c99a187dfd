import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SandboxUnavailable } from './errors.ts';

const run = promisify(execFile);
const ASK = 'import os,sys; print(sys.version_info[:2] >= (3, 10), os.path.realpath(sys.executable))';

/**
 * The real path of an interpreter, Python 3.10 or newer: the system's own if it will do (sandboxes see it anyway), else
 * `python3` of the PATH. Throws SandboxUnavailable.
 */
export async function findPython(named?: string): Promise<string> {
  for (const candidate of named ? [named] : ['/usr/bin/python3', 'python3']) {
    const answer = await run(candidate, ['-I', '-S', '-c', ASK]).catch(() => null);
    const [newEnough, path] = answer?.stdout.trim().split(' ') ?? [];
    if (newEnough === 'True' && path) return path;
  }
  throw new SandboxUnavailable(
    `sandboxes need Python 3.10 or newer, and ${named ?? '/usr/bin/python3 and python3'} is none: install it (Debian: apt-get install python3)`,
  );
}
