import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { probeBubblewrap } from '../../activities/sandboxes/probe.ts';
import { runProgram } from '../bootstrap/run-program.cjs';
import { say, step } from '../bootstrap/step.cjs';
import { UserError } from '../user-error.ts';

export interface SandboxMachine {
  /** Whether agents may run as plain processes where bubblewrap does not work. */
  unsafe: boolean;
  bwrap?: string;
  aptGet?: string;
  isRoot?: boolean;
}

/** Makes sure that bubblewrap works, by the package manager where this is root on Debian or Ubuntu; returns what isolates agents. */
export async function ensureSandbox(machine: SandboxMachine): Promise<string> {
  const { bwrap = '/usr/bin/bwrap', aptGet = '/usr/bin/apt-get', isRoot = userInfo().uid === 0 } = machine;
  if (!existsSync(bwrap) && isRoot && existsSync(aptGet) && !machine.unsafe) await installBubblewrap(aptGet);
  const probe = await probeBubblewrap({ bwrap });
  if (probe.ok) return `bubblewrap (${bwrap})`;
  if (!machine.unsafe) {
    throw new UserError(`${probe.reason} Or run agents without isolation, as yourself: LONGHAUL_UNSAFE_SANDBOX=1.`);
  }
  say(`WARNING: agents run as plain processes with all that you may do (LONGHAUL_UNSAFE_SANDBOX=1). ${probe.reason}`);
  return 'none: plain processes (LONGHAUL_UNSAFE_SANDBOX=1)';
}

/** A package manager that fails is told, and the probe then says what is missing. */
async function installBubblewrap(aptGet: string): Promise<void> {
  try {
    await step('installing bubblewrap, which isolates agents, by apt-get (as root)', async (progress) => {
      await runProgram([aptGet, 'update'], { progress });
      const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive', aptGet];
      await runProgram([...quietly, 'install', '-y', '--no-install-recommends', 'bubblewrap'], { progress });
    });
  } catch (error) {
    say(`set-up: ${(error as Error).message}`);
  }
}
