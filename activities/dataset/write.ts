import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetManifest, type DatasetCounts, type DatasetSpec, type ShardFile } from '../../core/dataset.ts';
import { cardText } from './card.ts';
import { countLeftOut, countRow, countTrajectory, noCounts } from './counts.ts';
import { appendJournal, JOURNAL, readJournal, type FinishedShard } from './journal.ts';
import { COLUMNS, RL_COLUMNS, type Column, type DatasetRow } from './columns.ts';
import { sha256Of } from './hash.ts';
import { openShard, type ShardWriter } from './parquet.ts';
import type { Unit, Units } from './units.ts';

/** A build in its working folder, which becomes the dataset once it is finished. */
export interface Build {
  folder: string;
  spec: DatasetSpec;
  /** sha256 of everything that decides the rows. */
  build: string;
  units: Units;
  onProgress(counts: DatasetCounts): void;
}

/** Writes all shards, then the card, then the manifest. Shards that an earlier attempt finished are kept. */
export async function writeDataset(build: Build): Promise<void> {
  const finished = await keptShards(build);
  const last = finished.at(-1);
  const counts = structuredClone(last?.counts ?? noCounts());
  const files = finished.map(({ file }) => file);
  const state: State = { counts, files, units: last?.units ?? 0, ...(last ? { columns: last.columns } : {}) };
  const shards = createShards(build, state);
  for await (const unit of build.units(last?.units ?? 0)) {
    if ('leftOut' in unit) countLeftOut(counts, unit.leftOut, unit);
    else await shards.add(unit);
    shards.passed();
    build.onProgress(counts);
  }
  await shards.close();
  if (!state.columns) throw new Error(`the dataset would be empty: ${reason(counts)}`);
  finish(build, { ...state, columns: state.columns });
}

function reason({ leftOutExamples }: DatasetCounts): string {
  const first = leftOutExamples[0];
  return first ? `${first.rollout}: ${first.why}` : 'there are no trajectories';
}

interface State {
  counts: DatasetCounts;
  files: ShardFile[];
  units: number;
  /** Decided by the first row. */
  columns?: Column[];
}

/** Rows into files; a shard ends with the trajectory that fills it, so that every finished shard is a place to go on from. */
function createShards({ folder, spec, build }: Build, state: State) {
  let open: { writer: ShardWriter; path: string; rows: number } | undefined;
  const bin = binWidth(spec);

  async function add({ rows, example }: Extract<Unit, { rows: unknown }>): Promise<void> {
    if (open && open.rows >= spec.rowsPerShard) await close();
    for (const row of rows) {
      state.columns ??= columnsOf(row);
      open ??= begin(folder, state.files.length, state.columns);
      open.writer.add(row);
      open.rows += 1;
      countRow(state.counts, row, bin);
    }
    if (rows.length > 0) countTrajectory(state.counts, rows.length, example);
  }

  /** Rows are counted in before their shard is finished: the journal says what the finished ones hold. */
  async function close(): Promise<void> {
    if (!open || !state.columns) return;
    const { path, writer } = open;
    open = undefined;
    const { units, counts, columns } = state;
    const file = { path, ...(await writer.close()) };
    state.files.push(file);
    appendJournal(join(folder, JOURNAL), { build, units, counts, columns, file });
  }

  const passed = (): void => {
    state.units += 1;
  };
  return { add, close, passed };
}

function begin(folder: string, number: number, columns: readonly Column[]) {
  const path = partName(number);
  return { writer: openShard(join(folder, path), columns), path, rows: 0 };
}

const partName = (number: number): string => `part-${String(number).padStart(5, '0')}.parquet`;

const columnsOf = (row: DatasetRow): Column[] => [...(row.advantages !== undefined ? RL_COLUMNS : COLUMNS)];

const binWidth = ({ rows }: DatasetSpec): number =>
  rows.type === 'trajectories' ? Math.ceil(rows.windows.maxTokens / 16) : 8;

/** The finished shards of an earlier attempt whose files are whole; a file that is not is written again, with all after it. */
async function keptShards({ folder, build }: Build): Promise<FinishedShard[]> {
  const journal = join(folder, JOURNAL);
  const kept: FinishedShard[] = [];
  for (const shard of readJournal(journal, build)) {
    const file = join(folder, shard.file.path);
    if (!existsSync(file) || (await sha256Of(file)) !== shard.file.sha256) break;
    kept.push(shard);
  }
  rmSync(journal, { force: true });
  for (const shard of kept) appendJournal(journal, shard);
  return kept;
}

function finish({ folder, spec, build }: Build, { counts, files, columns }: Required<State>): void {
  const named = files.map((file, number) => ({ ...file, path: shardName(number, files.length) }));
  // parsed, so that keys stand in the schema's order however a file's entry came about
  const manifest = datasetManifest.parse({
    kind: 'dataset',
    name: spec.card.name,
    build,
    columns,
    counts,
    files: named,
  });
  files.forEach((file, number) => renameSync(join(folder, file.path), join(folder, shardName(number, files.length))));
  writeFileSync(join(folder, 'README.md'), cardText(spec.card, manifest));
  const aside = join(folder, 'manifest.json.tmp');
  writeFileSync(aside, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  renameSync(aside, join(folder, 'manifest.json'));
}

const shardName = (number: number, total: number): string =>
  `train-${String(number).padStart(5, '0')}-of-${String(total).padStart(5, '0')}.parquet`;
