import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { redoneIn } from '../../bench/redone.ts';
import { report } from '../../core/report.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { outcomesIn } from './outcome.ts';
import { judging, killPool, namesIn, playing, processesOf, rolloutsOf, start, type Start, RUN } from './run.ts';

const PLANNED = 12;
const folder = temporaryFolders();
const started: Start[] = [];
afterEach(async () => {
  for (const { child, code } of started.splice(0)) {
    child.kill('SIGTERM');
    await code;
  }
});

/** When a process is killed: each moment must come before the run is over, or the test has seen nothing. */
const KILLS = [
  ['rollout', 'while it plays', (home: string) => playing(home).filter((turns) => turns > 5).length > 3],
  ['judge', 'while it grades', (home: string) => judging(home) > 0],
  ['orchestrator', 'while some rollouts are played and some are over', someOver],
  ['temporal', 'while some rollouts are played and some are over', someOver],
] as const;

function someOver(home: string): boolean {
  const over = namesIn(rolloutsOf(home)).filter((name) =>
    namesIn(join(rolloutsOf(home), name)).includes('record.json'),
  );
  return over.length > 0 && playing(home).length > 3;
}

test.each(KILLS)(
  'after kill -9 of the process %s %s the run ends as if nothing had happened, and no finished turn is played again',
  async (pool, _, moment) => {
    const expected = await undisturbed();
    const run = begin();
    await reached(run, moment);
    killPool(run.home, pool);
    expect(playing(run.home).length + judging(run.home)).toBeGreaterThan(0);
    expect([await run.code, run.text.err]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(run.text.out).toContain(`${pool}.0 ended (SIGKILL)`);

    expect(reportIn(run.home).ledger).toEqual({ planned: PLANNED, scored: PLANNED, infraFailed: 0, cancelled: 0 });
    expect(Object.keys(expected)).toHaveLength(PLANNED);
    expect(await outcomesIn(run.home)).toEqual(expected);
    expect(Math.max(...redoneTurns(run.home))).toBeLessThanOrEqual(1);
    expect(namesIn(join(run.home, 'sandboxes'))).toEqual([]);
    expect(namesIn(join(run.home, 'pids'))).toEqual([]);
    await eventually(() => processesOf(run.home).length === 0);
  },
  180_000,
);

/** Waits for the moment; fails where the run is over before it came. */
async function reached(run: Start, moment: (home: string) => boolean): Promise<void> {
  while (!moment(run.home)) {
    if (run.child.exitCode !== null) throw new Error(`the run was over too early: ${run.text.out}${run.text.err}`);
    await delay(5);
  }
}

function begin(): Start {
  const run = start(folder());
  started.push(run);
  return run;
}

let known: Promise<Record<string, object>> | undefined;

/** What becomes of the same recipe under the same name when nothing dies; played once. */
const undisturbed = (): Promise<Record<string, object>> => (known ??= playUndisturbed());

async function playUndisturbed(): Promise<Record<string, object>> {
  const run = begin();
  if ((await run.code) !== 0) throw new Error(run.text.err);
  return outcomesIn(run.home);
}

const reportIn = (home: string) =>
  report.parse(JSON.parse(readFileSync(join(home, 'store/runs', RUN, 'report.json'), 'utf8')));

/** Of each rollout, the turns that were acted or asked for more than once. */
const redoneTurns = (home: string): number[] =>
  namesIn(rolloutsOf(home)).map((name) => {
    const { actedAgain, askedAgain } = redoneIn(readFileSync(join(rolloutsOf(home), name, 'turns.jsonl'), 'utf8'));
    return actedAgain + askedAgain;
  });
