import { isReadable, LOG, SCRIPT } from '../../../core/judging/files.ts';
import { readTar } from './tar.ts';

/** What a judge can read of a submission. */
export interface ReadSubmission {
  /** Its text files but the script and the log, by path, in order. */
  files: ReadonlyMap<string, string>;
  script: string | undefined;
  log: string | undefined;
}

/** Bytes that are read of one file, and of all together; more than any model takes. */
const FILE_BYTES = 512 * 1024;
const ALL_BYTES = 64 * 1024 * 1024;

/** Reads the files that some leaf may be graded by. Of a file that is too long only the beginning is kept, and that is said. */
export async function readSubmission(tar: string): Promise<ReadSubmission> {
  const read = new Map<string, { chunks: Buffer[]; kept: number; bytes: number }>();
  let left = ALL_BYTES;
  await readTar(tar, (path, bytes) => {
    if (!isReadable(path) || left <= 0) return undefined;
    const file = { chunks: [] as Buffer[], kept: 0, bytes };
    read.set(path, file);
    return (chunk) => {
      const taken = chunk.subarray(0, Math.max(0, Math.min(FILE_BYTES - file.kept, left)));
      file.kept += taken.length;
      left -= taken.length;
      file.chunks.push(Buffer.from(taken));
    };
  });
  const texts = new Map<string, string>();
  for (const [path, { chunks, kept, bytes }] of [...read].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const text = decode(Buffer.concat(chunks));
    if (text === undefined) continue;
    texts.set(path, kept < bytes ? `${text}\n[… ${bytes - kept} bytes are left out]` : text);
  }
  const [script, log] = [texts.get(SCRIPT), texts.get(LOG)];
  texts.delete(SCRIPT);
  texts.delete(LOG);
  return { files: texts, script, log };
}

/** The text, or undefined of what is none. */
const decode = (bytes: Buffer): string | undefined =>
  bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString('utf8');
