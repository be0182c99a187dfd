import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LedgerRow } from '../../core/ledger.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { record, verdict } from '../../core/record.ts';
import { closes } from '../../core/ledger.ts';
import { report } from '../../core/report.ts';
import { createStoreJanitor } from '../../activities/janitor.ts';
import { ASIDE, createFolderStore } from '../../activities/store.ts';
import { lossesIn, problemsOfCheckpoints } from './chain.ts';
import { KILLS_SUPERVISORS } from './classes.ts';
import { cutIn, isAs, outcomeIn, type RolloutOutcome } from './outcome.ts';
import type { Struck } from './play.ts';
import { namesIn } from './processes.ts';
import { rolloutsOf } from './progress.ts';
import { ofRl } from './recipe.ts';
import { problemsOfRl } from './rl.ts';
import type { World } from './world.ts';

/** What seeds alone decide of a run. */
export interface Undisturbed {
  rollouts: Record<string, RolloutOutcome>;
  /** Losses of the checkpoints that training made, by name. */
  losses: Record<string, number>;
}

/** Rollouts whose every turn a seed decides; a served model's depend on how requests were batched. */
const decided = (rollout: string): boolean => !ofRl(parseRolloutId(rollout).stage);

export async function undisturbedIn(home: string, run: string): Promise<Undisturbed> {
  const folder = rolloutsOf(home, run);
  const names = namesIn(folder).filter(decided);
  const entries = await Promise.all(names.map(async (id) => [id, await outcomeIn(join(folder, id))] as const));
  return { rollouts: Object.fromEntries(entries), losses: lossesIn(home, run) };
}

/** What is wrong with a run that has ended, in sentences; none where nothing was lost and nothing counted twice. */
export async function problemsOf(
  { home, run, size }: World,
  expected: Undisturbed,
  struck: readonly Pick<Struck, 'name'>[],
): Promise<string[]> {
  await sweep(home);
  const rows = ledgerOf(home, run);
  const mayCut = struck.some(({ name }) => name === KILLS_SUPERVISORS);
  const { differing, hasCut } = await compare(home, run, { rows, expected, mayCut });
  // What the student is distilled from is another text then, and its loss another number.
  const losses = hasCut ? { ...expected.losses, sft: null } : expected.losses;
  return [
    ...ofLedger(home, run, rows),
    ...(await Promise.all(rows.map((row) => ofRollout(home, run, row)))).flat(),
    ...differing.map((rollout) => `${rollout} ended otherwise than undisturbed`),
    ...problemsOfCheckpoints(home, run, losses),
    ...(await problemsOfRl(home, run, size)),
    ...ofLeftovers(home),
  ];
}

/** The janitor comes once more: it must leave no lease, and all that is looked at next. */
async function sweep(home: string): Promise<void> {
  const store = createFolderStore(join(home, 'store'));
  const nobody = { isRunning: async () => false, endOrphans: async () => 0 };
  await new MockActivityEnvironment().run(createStoreJanitor({ store, ...nobody }).sweepStore);
}

function ledgerOf(home: string, run: string): LedgerRow[] {
  const file = join(home, 'store', keys.ledger(run));
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as LedgerRow);
}

function* ofLedger(home: string, run: string, rows: readonly LedgerRow[]): Generator<string> {
  const file = join(home, 'store', keys.report(run));
  if (!existsSync(file)) return yield 'there is no report';
  const { ledger, stages } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (!closes(ledger)) yield `the ledger does not close: ${JSON.stringify(ledger)}`;
  if (ledger.planned !== rows.length) yield `${ledger.planned} rollouts were planned, the ledger has ${rows.length}`;
  for (const { name, state, wanted, scored } of stages) {
    if (state !== 'completed') yield `stage ${name} is ${state}`;
    if (scored !== wanted) yield `stage ${name} has ${scored} scores and wanted ${wanted}`;
  }
  const twice = rows.map((row) => row.rollout).filter((id, index, all) => all.indexOf(id) < index);
  for (const rollout of twice) yield `${rollout} is counted twice`;
  const unplanned = namesIn(rolloutsOf(home, run)).filter((name) => !rows.some((row) => row.rollout === name));
  for (const rollout of unplanned) yield `${rollout} was played and is in no ledger`;
}

/** A scored rollout has one verdict and the score that it rolls up to; any other has none. */
async function ofRollout(home: string, run: string, row: LedgerRow): Promise<string[]> {
  const folder = join(rolloutsOf(home, run), row.rollout);
  const read = (file: string): unknown =>
    existsSync(join(folder, file)) ? JSON.parse(readFileSync(join(folder, file), 'utf8')) : undefined;
  const kept = record.safeParse(read('record.json'));
  if (!kept.success) return [`${row.rollout} has no record`];
  const found: string[] = [];
  const say = (problem: string): void => void found.push(`${row.rollout} ${problem}`);
  const graded = verdict.safeParse(read('verdict.json'));
  if (kept.data.outcome !== row.outcome) say(`is ${row.outcome} in the ledger and ${kept.data.outcome} in its record`);
  if (row.outcome === 'scored' && !graded.success) say('is scored without a verdict');
  if (row.outcome === 'scored' && graded.data?.score !== row.score) say('has another score than its verdict');
  if (row.outcome !== 'scored' && row.score !== null) say(`is ${row.outcome} and has a score`);
  if (row.outcome !== 'scored' && kept.data.reason === undefined) say(`is ${row.outcome} without a reason`);
  return found;
}

/** The scored rollouts that a seed decides and that are not as undisturbed, and whether a call of one was cut. */
async function compare(
  home: string,
  run: string,
  { rows, expected, mayCut }: { rows: readonly LedgerRow[]; expected: Undisturbed; mayCut: boolean },
): Promise<{ differing: string[]; hasCut: boolean }> {
  const compared = rows.map(async ({ rollout, outcome }) => {
    const undisturbed = expected.rollouts[rollout];
    if (outcome !== 'scored' || !undisturbed) return { rollout, isRight: true, cut: -1 };
    const now = await outcomeIn(join(rolloutsOf(home, run), rollout));
    const cut = mayCut ? cutIn(now) : -1;
    return { rollout, isRight: isAs(now, undisturbed, cut), cut };
  });
  const all = await Promise.all(compared);
  const differing = all.filter(({ isRight }) => !isRight).map(({ rollout }) => rollout);
  return { differing, hasCut: all.some(({ cut }) => cut >= 0) };
}

function* ofLeftovers(home: string): Generator<string> {
  const sandboxes = namesIn(join(home, 'sandboxes')).map((machine) => join('sandboxes', machine));
  for (const folder of [...sandboxes, 'pids', 'tmp', join('store', ASIDE)]) {
    const left = namesIn(join(home, folder));
    if (left.length > 0) yield `${left.length} left in ${folder}: ${left.slice(0, 3).join(', ')}`;
  }
  const files = readdirSync(join(home, 'store'), { recursive: true, encoding: 'utf8' });
  const leases = files.filter((name) => /\/(?:leases|held)\//.test(name));
  if (leases.length > 0) yield `${leases.length} files of attempts are left: ${leases.slice(0, 3).join(', ')}`;
  const aside = files.filter((name) => /\.tmp$|\.writing$|\.unfinished$/.test(name));
  if (aside.length > 0) yield `${aside.length} unfinished files left in the store: ${aside.slice(0, 3).join(', ')}`;
}
