import { open, lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { FOLDER, type FolderFacts, type FolderFile } from '../../core/task-folder.ts';

const TEXTS = [FOLDER.paper, FOLDER.addendum, FOLDER.judgeAddendum, FOLDER.blacklist, FOLDER.rubric, FOLDER.checks];
const POINTER = 'version https://git-lfs.github.com/spec/';

/** Reads what is to be known of a task folder; whether it is a good one, `problemsOf` says. */
export async function readFolder(folder: string): Promise<FolderFacts> {
  const files = await listFiles(folder);
  const texts: Record<string, string> = {};
  for (const file of TEXTS) {
    const found = files.find(({ path }) => path === file);
    if (found?.kind === 'file') texts[file] = await readFile(join(folder, file), 'utf8');
  }
  return { name: basename(resolve(folder)), files, texts, config: await readConfig(folder) };
}

/** Whether a folder looks like one task rather than a folder of them. */
export async function isTaskFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return [FOLDER.config, FOLDER.rubric, FOLDER.paper].some((file) => names.includes(file));
}

/** The task folders at a path: the path itself, or the folders directly in it, by name. */
export async function findTaskFolders(path: string): Promise<string[]> {
  if (await isTaskFolder(path)) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  const isTask = await Promise.all(folders.map(isTaskFolder));
  return folders.filter((_, index) => isTask[index]).toSorted();
}

async function readConfig(folder: string): Promise<FolderFacts['config']> {
  try {
    return { value: parse(await readFile(join(folder, FOLDER.config), 'utf8')) as unknown };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { value: undefined };
    if (error instanceof YAMLParseError) return { error: error.message.split('\n')[0] ?? '' };
    throw error;
  }
}

/** Every file below a folder by its relative path, sorted; links are named, never followed. */
async function listFiles(folder: string, below = ''): Promise<FolderFile[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found: FolderFile[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(folder, path)));
    else found.push(await describeFile(folder, path));
  }
  return found;
}

async function describeFile(folder: string, path: string): Promise<FolderFile> {
  const stat = await lstat(join(folder, path));
  const isFile = stat.isFile();
  const kind = isFile ? 'file' : stat.isSymbolicLink() ? 'link' : 'other';
  return { path, bytes: stat.size, kind, isPointer: isFile && (await isPointer(join(folder, path), stat.size)) };
}

async function isPointer(file: string, bytes: number): Promise<boolean> {
  if (bytes > 1024) return false;
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(POINTER.length), 0, POINTER.length, 0);
    return buffer.toString('utf8', 0, bytesRead) === POINTER;
  } finally {
    await handle.close();
  }
}
