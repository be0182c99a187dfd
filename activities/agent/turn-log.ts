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

/** The log contradicts itself, which no crash can do: trying again cannot help. */
export class TurnLogCorrupt extends Error {
  override name = 'TurnLogCorrupt';
}

/**
 * The records that count, in order. What is no record at the end of an attempt is left out: it was being written when the
 * attempt died, and was never durable. Throws TurnLogCorrupt where it stands anywhere else, or a turn is missing.
 */
export async function readTurnLog(file: string): Promise<TurnRecord[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const records = lines.map(parseLine);
  const stray = records.findIndex((record, index) => !record && !endsAttempt(records, index));
  if (stray >= 0) throw new TurnLogCorrupt(`${file}: line ${stray + 1} is no record: ${lines[stray]?.slice(0, 80)}`);
  const valid = validRecords(records.filter((record) => record !== undefined));
  demandOrder(file, valid);
  return valid;
}

/** Whether nothing of the attempt that wrote this line comes after it. */
function endsAttempt(records: readonly (TurnRecord | undefined)[], index: number): boolean {
  return (records.slice(index).find((record) => record)?.type ?? 'opened') === 'opened';
}

function parseLine(line: string): TurnRecord | undefined {
  try {
    return turnRecord.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Turns follow each other, each acted before it is observed. */
function demandOrder(file: string, records: readonly TurnRecord[]): void {
  let finished = 0;
  let acted = -1;
  for (const record of records) {
    const isNext =
      record.type === 'opened' || (record.turn === finished && (record.type !== 'observed' || acted === finished));
    if (!isNext) throw new TurnLogCorrupt(`${file}: turn ${record.turn} was ${record.type} after ${finished} turns`);
    if (record.type === 'acted') acted = record.turn;
    if (record.type === 'observed') finished += 1;
  }
}

async function closeOffLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer.toString() !== '\n') await handle.appendFile('\n');
}
