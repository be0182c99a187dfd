import { closeSync, fsyncSync, openSync, renameSync, statSync } from 'node:fs';
import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { RL_COLUMNS, type Column, type DatasetRow } from './columns.ts';
import { sha256Of } from './hash.ts';

/** Tokens that are held before a row group is written: what bounds the memory of a shard, however many rows it has. */
const GROUP_TOKENS = 500_000;
const GROUP_ROWS = 1000;

export interface ShardWriter {
  add(row: DatasetRow): void;
  /** Makes the file appear under its name, synced; answers its rows, bytes and hash. */
  close(): Promise<{ rows: number; bytes: number; sha256: string }>;
}

/** Writes one Parquet file row group by row group, aside until it is closed. */
export function openShard(file: string, columns: readonly Column[]): ShardWriter {
  const aside = `${file}.tmp`;
  const writer = new ParquetWriter({
    writer: fileWriter(aside),
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaOf)],
    createdBy: 'longhaul',
  });
  let group: DatasetRow[] = [];
  let tokens = 0;
  let rows = 0;

  const flush = (): void => {
    if (group.length === 0) return;
    const columnData = columns.map((name) => ({ name, data: group.map((row) => row[name]) }));
    void writer.write({ columnData, rowGroupSize: group.length });
    group = [];
    tokens = 0;
  };

  return {
    add: (row) => {
      for (const column of RL_COLUMNS) check(row, column, columns.includes(column));
      group.push(row);
      rows += 1;
      tokens += row.input_ids.length;
      if (group.length >= GROUP_ROWS || tokens >= GROUP_TOKENS) flush();
    },
    close: async () => {
      flush();
      void writer.finish();
      sync(aside);
      renameSync(aside, file);
      return { rows, bytes: statSync(file).size, sha256: await sha256Of(file) };
    },
  };
}

/** All rows have the same columns. */
function check(row: DatasetRow, column: Column, isThere: boolean): void {
  if ((row[column] !== undefined) === isThere) return;
  throw new Error(`${row.rollout_id}: some rows of the dataset have ${column} and some have none`);
}

function schemaOf(column: Column): SchemaElement[] {
  if (column === 'window') return [{ name: column, type: 'INT32', repetition_type: 'REQUIRED' }];
  if (column === 'advantages') return [{ name: column, type: 'FLOAT', repetition_type: 'REQUIRED' }];
  if (column === 'rollout_id') {
    return [{ name: column, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }];
  }
  const type = column === 'input_ids' || column === 'labels' ? 'INT32' : 'FLOAT';
  return [
    { name: column, converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type, repetition_type: 'REQUIRED' },
  ];
}

function sync(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
