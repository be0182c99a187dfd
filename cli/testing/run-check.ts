import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Check } from './checks.ts';
import { failedStep, noTests, type Tally } from './tally.ts';

/** Runs a check, its output passed on; one that fails without a failed test, or without counts, is one failure. */
export async function runCheck(check: Check): Promise<Tally> {
  process.stderr.write(`\n=== ${check.name}\n`);
  const begun = Date.now();
  const succeeded = await runThrough(check);
  const tally = countsOf(check);
  process.stderr.write(
    `=== ${check.name}: ${succeeded ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - begun) / 1000)} s\n`,
  );
  if (succeeded) return tally ?? (check.counts === null ? noTests() : failedStep());
  return tally && tally.failed > 0 ? tally : { ...(tally ?? noTests()), failed: 1 };
}

/** Whether it ended with 0. What jest prints on stdout is its JSON, which the file has as well: it is not shown. */
function runThrough({ command: [program, ...args], cwd, environment }: Check): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', process.stderr, process.stderr] });
    child.once('error', (error) => {
      process.stderr.write(`${program} could not run: ${error.message}\n`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

function countsOf({ counts }: Check): Tally | undefined {
  if (counts === null || !existsSync(counts.file)) return undefined;
  return counts.read(readFileSync(counts.file, 'utf8'));
}
