import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { ensureTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';
import { checks } from './testing/checks.ts';
import { addTallies, failedStep, type Tally } from './testing/tally.ts';
import { runCheck } from './testing/run-check.ts';
import { describeError } from './user-error.ts';

/** `npm test`: set-up, lint, types and all tests; every one of them runs whatever the others said. The last line is the sum. */
export async function run(patterns: string[]): Promise<number> {
  const environment = readEnvironment(packageRoot());
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-test-'));
  try {
    const { tally: setUp, python, temporal } = await setUpForTests(environment);
    const wanted = checks({ root: environment.root, folder, python, temporal, patterns });
    const tallies: [string, Tally][] = [['set-up', setUp]];
    for (const check of wanted) tallies.push([check.name, await runCheck(check)]);
    return summarise(tallies);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SetUp {
  tally: Tally;
  /** The trainer's interpreter; null without a trainer. */
  python: string | null;
  temporal: string | null;
}

/** What cannot be set up counts as a failure; what does not need it is tested all the same. */
async function setUpForTests(environment: Environment): Promise<SetUp> {
  const tallies: Tally[] = [];
  const tell = (error: unknown): null => {
    process.stderr.write(`${describeError(error).text}\n`);
    tallies.push(failedStep());
    return null;
  };
  const tools = await ensureTools(environment).catch(tell);
  const trainer = await ensureTrainer(environment).catch(tell);
  return {
    tally: addTallies(tallies),
    python: trainer === null ? null : join(trainer, 'bin/python'),
    temporal: tools?.temporal.path ?? null,
  };
}

function summarise(tallies: [string, Tally][]): number {
  const total = addTallies(tallies.map(([, tally]) => tally));
  const rows = tallies
    .filter(([, tally]) => tally.passed + tally.failed + tally.skipped > 0)
    .map(
      ([name, { passed, failed, skipped }]) =>
        `${name.padEnd(8)} ${passed} passed, ${failed} failed, ${skipped} skipped`,
    );
  process.stdout.write(`\n${rows.join('\n')}\n\n${total.passed} passed, ${total.failed} failed\n`);
  return total.failed > 0 ? 1 : 0;
}
