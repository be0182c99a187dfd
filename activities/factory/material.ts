import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { conversion as conversionSchema, type Conversion } from '../../core/factory/conversion.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { paperRecord, type PaperPlace, type PaperRecord } from '../../core/factory/paper.ts';
import { quotable } from '../../core/rubric-builder/quotes.ts';
import type { Sources } from '../../core/rubric-builder/support.ts';
import type { Store } from '../store.ts';
import type { CodeFile } from './code-text.ts';
import { readCode, type FoundCode } from './found-code.ts';

/** Everything that a paper's rubric is made from. */
export interface Material {
  record: PaperRecord;
  conversion: Conversion;
  found: FoundCode;
  markdown: string;
  files: CodeFile[];
  /** The same, ready for looking quotes up. */
  sources: Sources;
}

/** How many papers' texts one process holds on to: those whose calls it makes at the moment. */
const KEPT = 16;

/** Reads the material of papers that are converted and whose code is fetched; neither changes from then on. */
export function createMaterialReader(store: Store): (place: PaperPlace) => Promise<Material> {
  const known = new Map<string, Promise<Material>>();
  return (place) => {
    const key = factoryKeys.paper(place);
    const found = known.get(key) ?? readMaterial(store, place);
    known.delete(key);
    known.set(key, found);
    found.catch(() => known.delete(key));
    for (const old of [...known.keys()].slice(0, -KEPT)) known.delete(old);
    return found;
  };
}

async function readMaterial(store: Store, place: PaperPlace): Promise<Material> {
  const record = await readPaperRecord(store, place);
  const conversion = conversionSchema.parse(await store.readJson(factoryKeys.converted(place)));
  const markdown = (await store.read(store.keyOf(conversion.markdown))).toString('utf8');
  const found = await readCode(store, place);
  const files = found.folder === null ? [] : await readFiles(store.path(found.folder));
  const code = new Map(files.map(({ path, text }) => [path, quotable(text)]));
  return { record, conversion, found, markdown, files, sources: { paper: quotable(markdown), code } };
}

export const readPaperRecord = async (store: Store, place: PaperPlace): Promise<PaperRecord> =>
  paperRecord.parse(await store.readJson(factoryKeys.record(place)));

/** The text files of a folder, by path. Whoever fetched them has dropped binaries, links and secrets. */
export async function readFiles(folder: string): Promise<CodeFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.toSorted().map(async (path) => ({ path: relative(folder, path), text: await readFile(path, 'utf8') })),
  );
}
