import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { signed, withError } from '../activities/report/numbers.ts';
import type { Store } from '../activities/store.ts';
import { compareRuns, type ChangedField, type Comparison, type EndedRun } from '../core/compare.ts';
import { readable } from '../core/duration.ts';
import type { LedgerRow } from '../core/ledger.ts';
import { keys } from '../core/names.ts';
import { report as reportSchema } from '../core/report.ts';
import { textTable } from './text-table.ts';

/** Two runs beside each other, as text; both reports have been written. */
export async function compare(store: Store, run: string, other: string): Promise<string> {
  return comparisonText(compareRuns(await readRun(store, run), await readRun(store, other)), run, other);
}

async function readRun(store: Store, run: string): Promise<EndedRun> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new Error(`there is no run "${run}" in this store`);
  const lines = (await store.read(keys.ledger(run))).toString('utf8').split('\n');
  return {
    report: reportSchema.parse(await store.readJson(keys.report(run))),
    ledger: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerRow),
    recipe: await store.readJson(store.keyOf(manifest.recipe)),
  };
}

/** A comparison for a person; differences are those of the first run less the second. */
export function comparisonText({ evaluations, stages, recipe }: Comparison, run: string, other: string): string {
  const scores = evaluations.map(({ policy, suite, ours, theirs, difference }) => [
    policy,
    suite,
    withError(ours?.mean ?? null, ours?.stderr ?? null),
    withError(theirs?.mean ?? null, theirs?.stderr ?? null),
    difference === null ? '–' : signed(difference.mean, difference.stderr),
    difference === null ? '' : difference.paired ? 'paper by paper' : 'on different papers',
  ]);
  const took = (seconds: number | null): string => (seconds === null ? '–' : readable(seconds));
  return [
    ...textTable(['policy', 'suite', run, other, 'difference', ''], scores),
    '',
    ...textTable(
      ['stage', run, other],
      stages.map(({ name, ours, theirs }) => [name, took(ours), took(theirs)]),
    ),
    '',
    ...recipeLines(recipe, run, other),
    '',
  ].join('\n');
}

function recipeLines(changed: readonly ChangedField[], run: string, other: string): string[] {
  if (changed.length === 0) return ['The recipes are the same.'];
  const rows = changed.map(({ path, ours, theirs }) => [path, shown(ours), shown(theirs)]);
  return textTable(['recipe', run, other], rows);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '–';
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
