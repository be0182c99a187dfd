import { constants, mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { turnRecord, validRecords, type TurnRecord } from '../../core/trajectory.ts';

/** Every write is on the disk when it returns: one system call a record instead of a write and a sync. */
const { O_APPEND, O_CREAT, O_DSYNC, O_RDWR } = constants;
const DURABLE_APPEND = O_APPEND | O_CREAT | O_DSYNC | O_RDWR;

/** The turn log of a rollout: JSON lines, each durable before `append` returns. */
export interface TurnLog {
  append(record: TurnRecord): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the log for one attempt and says what counts so far. The `opened` line fences older attempts off before anything is
 * read; a last line that a crash cut short is closed off, so that it spoils no later one.
 */
export async function openTurnLog(file: string, epoch: number): Promise<{ log: TurnLog; records: TurnRecord[] }> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, DURABLE_APPEND);
  const append = async (record: TurnRecord): Promise<void> => {
    await handle.appendFile(`${JSON.stringify(record)}\n`);
  };
  await closeOffLastLine(handle);
  await append({ type: 'opened', epoch });
  const records = await readTurnLog(file);
  return { log: { append, close: () => handle.close() }, records };
}

/** The records that count, in order. A torn line is left out: its record was never durable. */
export async function readTurnLog(file: string): Promise<TurnRecord[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return validRecords(text.split('\n').flatMap(parseLine));
}

function parseLine(line: string): TurnRecord[] {
  if (line === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return []; // torn by a crash
  }
  return [turnRecord.parse(value)];
}

async function closeOffLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer.toString() !== '\n') await handle.appendFile('\n');
}
