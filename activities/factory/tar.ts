import type { CodeFile } from './code-text.ts';

const BLOCK = 512;

/** The files as a tar, the same bytes for the same files. Paths that the plain header cannot hold are told before it, as pax has it. */
export function tarOf(files: readonly CodeFile[]): Buffer {
  const entries = files.toSorted((one, other) => (one.path < other.path ? -1 : 1)).flatMap(entryOf);
  // With its top folder, as an archive without an entry is none to most readers.
  return Buffer.concat([headerOf('./', 0, '5'), ...entries, Buffer.alloc(2 * BLOCK)]);
}

function entryOf({ path, text }: CodeFile): Buffer[] {
  const body = Buffer.from(text);
  const isLong = Buffer.byteLength(path) > 100;
  const told = isLong ? paxRecord('path', path) : undefined;
  const long = told ? [headerOf('pax', told.length, 'x'), padded(told)] : [];
  return [...long, headerOf(isLong ? 'long' : path, body.length, '0'), padded(body)];
}

/** `LENGTH path=VALUE\n`, in which the length counts itself. */
function paxRecord(name: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${name}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.from(`${length} ${name}=${value}\n`);
}

function headerOf(path: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const padded = (body: Buffer): Buffer => Buffer.concat([body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
