import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

/** Calls back for every line of a process's output, as it comes. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
