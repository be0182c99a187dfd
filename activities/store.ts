import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Artifact } from '../core/record.ts';
import { scratchName } from './scratch.ts';
import { copyTo, linkTo, nameUnlessTaken } from './store-copies.ts';

/**
 * Where a run keeps what outlives its processes. Keys are relative paths; a named file appears whole or not at all
 * (written aside, synced, renamed).
 */
export interface Store {
  /** The file behind a key, for child processes and for appending logs. */
  path(key: string): string;
  /** The key behind an artifact's address. */
  keyOf(artifact: Artifact): string;
  exists(key: string): Promise<boolean>;
  read(key: string): Promise<Buffer>;
  /** Parsed JSON, or undefined where there is no such key. */
  readJson(key: string): Promise<unknown>;
  write(key: string, bytes: string | Uint8Array): Promise<Artifact>;
  writeJson(key: string, value: unknown): Promise<Artifact>;
  /** Writes what is not there yet: who comes second leaves what it finds. */
  create(key: string, bytes: string | Uint8Array): Promise<void>;
  /** Takes over a finished file by rename. */
  adopt(key: string, file: string): Promise<Artifact>;
  /** Copies a file or a folder; nothing where there is none, or where the copy is there already. */
  copy(from: string, to: string): Promise<void>;
  /** The same for what nobody ever changes in place: it takes no further room where that can be. */
  link(from: string, to: string): Promise<void>;
  /** Names directly under a key, sorted; none where there is no such folder. */
  list(key: string): Promise<string[]>;
  remove(key: string): Promise<void>;
}

/** How what was written aside gets its name. */
type Naming = (aside: string, path: string) => Promise<void>;

/** The key of what is written aside: within the store, so that the rename stays on one file system. */
export const ASIDE = 'tmp';

export function createFolderStore(root: string): Store {
  const path = (key: string): string => join(root, key);

  async function write(key: string, bytes: string | Uint8Array, name: Naming = rename): Promise<Artifact> {
    const aside = await asideOf(root, path(key));
    try {
      const file = await open(aside, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await name(aside, path(key));
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    return { uri: uriOf(key), sha256: createHash('sha256').update(buffer).digest('hex'), bytes: buffer.byteLength };
  }

  async function adopt(key: string, file: string): Promise<Artifact> {
    const handle = await open(file, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const [sha256, { size }] = [await sha256OfFile(file), await stat(file)];
    await mkdir(dirname(path(key)), { recursive: true });
    await rename(file, path(key));
    return { uri: uriOf(key), sha256, bytes: size };
  }

  return {
    path,
    create: async (key, bytes) => void (await write(key, bytes, nameUnlessTaken)),
    copy: (from, to) => copyTo(join(root, ASIDE), path(from), path(to)),
    link: (from, to) => linkTo(join(root, ASIDE), path(from), path(to)),
    keyOf: (artifact) => artifact.uri.replace(/^store:/, ''),
    exists: async (key) => (await absentAsUndefined(stat(path(key)))) !== undefined,
    read: (key) => readFile(path(key)),
    readJson: (key) => readJson(path(key), key),
    write: (key, bytes) => write(key, bytes),
    writeJson: (key, value) => write(key, `${JSON.stringify(value, null, 2)}\n`),
    adopt,
    list: async (key) => ((await absentAsUndefined(readdir(path(key)))) ?? []).toSorted(),
    remove: (key) => rm(path(key), { recursive: true, force: true }),
  };
}

/** In one go: for a file of a few kilobytes, four trips to the thread pool cost more than reading it. */
async function readJson(file: string, key: string): Promise<unknown> {
  const text = await absentAsUndefined((async () => readFileSync(file, 'utf8'))());
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${key} is not JSON`, { cause: error });
  }
}

/** A name for what is written aside; what it is to be renamed to has its folder. */
async function asideOf(root: string, target: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  return scratchName(join(root, ASIDE));
}

const uriOf = (key: string): string => `store:${key}`;

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
