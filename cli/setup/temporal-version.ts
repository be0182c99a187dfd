import { runProgram } from '../bootstrap/run-program.cjs';

/** The release that is downloaded or built where none is found. */
export const CLI_VERSION = '1.8.2';
/** The oldest server with what Longhaul uses. */
export const OLDEST_SERVER = '1.31';

/** The version of the server inside a temporal binary; null where it is none. A build's own version says nothing. */
export async function serverVersion(binary: string): Promise<string | null> {
  const output = await runProgram([binary, '--version']).catch(() => '');
  return /\(Server (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? null;
}

/** Whether a server of this version will do. */
export function isNewEnough(version: string, oldest: string = OLDEST_SERVER): boolean {
  const [wanted, given] = [oldest, version].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [index, part] of wanted.entries()) {
    if ((given[index] ?? 0) !== part) return (given[index] ?? 0) > part;
  }
  return true;
}
