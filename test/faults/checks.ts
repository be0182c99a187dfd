import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkpointManifest } from '../../core/job.ts';
import type { LedgerRow } from '../../core/ledger.ts';
import { keys } from '../../core/names.ts';
import { record, verdict } from '../../core/record.ts';
import { closes } from '../../core/ledger.ts';
import { report } from '../../core/report.ts';
import { outcomeIn } from './outcome.ts';
import { namesIn } from './processes.ts';
import { rolloutsOf } from './progress.ts';

/** What seeds alone decide of a run. */
export interface Undisturbed {
  rollouts: Record<string, object>;
  /** Losses of the checkpoints that training made, by name. */
  losses: Record<string, number>;
}

/** Rollouts whose every turn a seed decides; a served model's depend on how requests were batched. */
const decided = (rollout: string): boolean => !rollout.includes('.evaluate-sft.');

export async function undisturbedIn(home: string, run: string): Promise<Undisturbed> {
  const folder = rolloutsOf(home, run);
  const names = namesIn(folder).filter(decided);
  const entries = await Promise.all(names.map(async (id) => [id, await outcomeIn(join(folder, id))] as const));
  return { rollouts: Object.fromEntries(entries), losses: lossesIn(home, run) };
}

const lossesIn = (home: string, run: string): Record<string, number> =>
  Object.fromEntries(checkpointsIn(home, run).map(({ name, manifest }) => [name, manifest.metrics['loss'] ?? 0]));

/** What is wrong with a run that has ended, in sentences; none where nothing was lost and nothing counted twice. */
export async function problemsOf(home: string, run: string, expected: Undisturbed): Promise<string[]> {
  const rows = ledgerOf(home, run);
  return [
    ...ofLedger(home, run, rows),
    ...(await Promise.all(rows.map((row) => ofRollout(home, run, row)))).flat(),
    ...(await ofScores(home, run, { rows, expected })),
    ...ofCheckpoints(home, run, expected),
    ...ofLeftovers(home),
  ];
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

async function ofScores(
  home: string,
  run: string,
  { rows, expected }: { rows: readonly LedgerRow[]; expected: Undisturbed },
): Promise<string[]> {
  const scored = rows.filter((row) => row.outcome === 'scored' && expected.rollouts[row.rollout] !== undefined);
  const compared = scored.map(async ({ rollout }) => {
    const now = await outcomeIn(join(rolloutsOf(home, run), rollout));
    return isDeepStrictEqual(now, expected.rollouts[rollout]) ? [] : [`${rollout} ended otherwise than undisturbed`];
  });
  return (await Promise.all(compared)).flat();
}

function checkpointsIn(home: string, run: string) {
  const folder = join(home, 'store', keys.run(run), 'checkpoints');
  return namesIn(folder)
    .filter((name) => existsSync(join(folder, name, 'manifest.json')))
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'manifest.json'));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return {
        name,
        folder: join(folder, name),
        sha256,
        manifest: checkpointManifest.parse(JSON.parse(bytes.toString())),
      };
    });
}

/** The chain: every parent is a checkpoint as it stands, every file is as its manifest says, every job did all its steps. */
function* ofCheckpoints(home: string, run: string, expected: Undisturbed): Generator<string> {
  const all = checkpointsIn(home, run);
  const names = all.map(({ name }) => name).toSorted();
  // As texts: under jest a folder's listing is an array of another realm.
  if (names.join() !== Object.keys(expected.losses).toSorted().join()) yield `the checkpoints are ${names.join(', ')}`;
  for (const { name, folder, manifest } of all) {
    const { parent, step, steps, files } = manifest;
    if (parent && !all.some(({ sha256 }) => sha256 === parent.sha256))
      yield `the parent of checkpoint ${name} is not there`;
    if (step !== steps) yield `checkpoint ${name} is at step ${step} of ${steps}`;
    for (const [file, { sha256 }] of Object.entries(files)) {
      const found = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      if (found !== sha256) yield `checkpoint ${name} has another ${file} than its manifest says`;
    }
    const loss = manifest.metrics['loss'] ?? 0;
    if (Math.abs(loss - (expected.losses[name] ?? loss)) > 1e-4)
      yield `checkpoint ${name} has loss ${loss}, undisturbed ${expected.losses[name]}`;
  }
}

function* ofLeftovers(home: string): Generator<string> {
  for (const folder of ['sandboxes', 'pids', 'tmp']) {
    const left = namesIn(join(home, folder));
    if (left.length > 0) yield `${left.length} left in ${folder}: ${left.slice(0, 3).join(', ')}`;
  }
  const aside = readdirSync(join(home, 'store'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tmp$|\.writing$/.test(name),
  );
  if (aside.length > 0) yield `${aside.length} unfinished files left in the store: ${aside.slice(0, 3).join(', ')}`;
}
