import { createHash } from 'node:crypto';
import { LOG, SCRIPT } from '../../../core/judging/files.ts';
import { WAYS, type Way } from '../../../core/judging/reproduction.ts';
import type { Sandbox } from '../../sandboxes/sandbox.ts';
import { shortCall } from './calls.ts';

/** What a call of one way of running is known by; the first way has the plain names. */
export const callOf = (way: Way, call: string): string => (way === 'plain' ? call : `${call}.${way}`);

/** Runs the script in one way, its output in the log. Where the way cannot be prepared the script does not run, as in PaperBench. */
export function runCommand(way: Way, { sandbox, hasWays }: { sandbox: string; hasWays: boolean }): string {
  const folder = `/tmp/longhaul-python-${createHash('sha256').update(sandbox).digest('hex').slice(0, 12)}`;
  const steps = [
    // Another Python's environments are broken here, and would stand in the way.
    ...(hasWays ? ['rm -rf venv .venv'] : []),
    ...(way.includes('python3.11') ? [olderPython(folder)] : []),
    ...(way.includes('venv') ? [virtualEnvironment(folder)] : []),
    `bash ${SCRIPT} > ${LOG} 2>&1 < /dev/null`,
  ];
  return `test -f ${SCRIPT} || exit 127; ${steps.join(' && ')}`;
}

const olderPython = (folder: string): string =>
  `mkdir -p ${folder} && ln -sf "$(command -v python3.11)" ${folder}/python3 && PATH=${folder}:$PATH && export PATH`;

const virtualEnvironment = (folder: string): string =>
  `python3 -m venv ${folder}/venv && . ${folder}/venv/bin/activate`;

/** The ways beside the plain one that this machine has, in PaperBench's order. A Python 3.11 that is the usual one is no other way. */
export async function otherWays(sandbox: Sandbox): Promise<Way[]> {
  const { output } = await shortCall(sandbox, 'ways', PROBE);
  const has = new Set(output.split('\n'));
  return WAYS.filter((way) => way !== 'plain' && way.split('+').every((part) => has.has(part)));
}

const PROBE = [
  `command -v python3.11 > /dev/null && ! python3 --version | grep -q '^Python 3\\.11' && echo python3.11`,
  `python3 -c 'import ensurepip, venv' 2> /dev/null && echo venv`,
  'true',
].join('; ');
