import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { conversion, type Conversion, type ConversionResult } from '../../core/factory/conversion.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { paperRecord, type PaperPlace, type PaperRecord } from '../../core/factory/paper.ts';
import { languageOf } from '../../core/factory/reading.ts';
import type { AskingSettings, ConversionSettings } from '../../core/factory/settings.ts';
import { withoutAddresses } from '../../core/factory/links.ts';
import { oneLine, wordsOf } from '../../core/factory/text.ts';
import type { Artifact } from '../../core/record.ts';
import { scratchFolder } from '../scratch.ts';
import { createAsk } from '../sources/asking.ts';
import type { Store } from '../store.ts';
import { convertByCommand } from './convert/by-command.ts';
import { convertByServer } from './convert/by-server.ts';
import { convertBuiltIn } from './convert/built-in.ts';
import type { Confinement } from './convert/confined.ts';
import { convertMarkdown } from './convert/from-markdown.ts';
import type { Converted, PdfJob } from './convert/job.ts';
import { CONVERTER } from './pdf/convert.ts';

export interface ConvertDependencies {
  store: Store;
  confinement: Confinement;
  /** Where jobs have their folders. */
  scratch: string;
}

export interface ConvertInput {
  place: PaperPlace;
  settings: { conversion: ConversionSettings; asking: AskingSettings };
  signal?: AbortSignal | undefined;
}

/** Milliseconds between two PDFs from one server. */
const PDF_PACE = 3000;

/**
 * Makes a paper readable: `paper.md` and its figures. Conversions are kept by the bytes of the paper and the converter, so the
 * same paper is converted once for all runs. A paper that cannot be converted is a result, not a failure.
 */
export async function convert(deps: ConvertDependencies, input: ConvertInput): Promise<ConversionResult> {
  const { store } = deps;
  const record = paperRecord.parse(await store.readJson(factoryKeys.record(input.place)));
  const source = await sourceOf(deps, record, input);
  if ('reason' in source) return { ok: false, reason: source.reason };
  const { conversion: settings } = input.settings;
  const converter = source.markdown ? 'markdown' : settings.converter === 'built-in' ? CONVERTER : settings.name;
  const folder = factoryKeys.conversion(createHash('sha256').update(`${source.sha256} ${converter}`).digest('hex'));
  const before = await store.readJson(`${folder}/conversion.json`);
  const done = before === undefined ? await make(deps, { source, converter, folder }, input) : conversion.parse(before);
  if ('reason' in done) return { ok: false, reason: done.reason };
  // It may have been converted where more was allowed.
  if (done.pages > settings.maxPages)
    return { ok: false, reason: `it has ${done.pages} pages, more than ${settings.maxPages}` };
  await store.writeJson(factoryKeys.converted(input.place), done);
  await takeTitle(store, record, { place: input.place, done });
  return { ok: true, conversion: done };
}

/** A paper's bytes: a PDF in the store, or a Markdown file where it lies. */
interface PaperSource {
  sha256: string;
  pdf: Artifact | null;
  markdown: string | null;
}

async function sourceOf(
  { store }: ConvertDependencies,
  record: PaperRecord,
  input: ConvertInput,
): Promise<PaperSource | { reason: string }> {
  const pdf = record.pdf === null ? null : await pdfOf(store, record.pdf, input);
  if (record.markdown !== null) {
    const bytes = await readFile(record.markdown);
    const kept = pdf !== null && 'uri' in pdf ? pdf : null;
    return { sha256: createHash('sha256').update(bytes).digest('hex'), pdf: kept, markdown: record.markdown };
  }
  if (pdf === null) return { reason: 'no source names a PDF of it' };
  return 'reason' in pdf ? pdf : { sha256: pdf.sha256, pdf, markdown: null };
}

/** Brings a PDF into the store; what is none is a reason. */
async function pdfOf(
  store: Store,
  address: string,
  { settings, signal }: ConvertInput,
): Promise<Artifact | { reason: string }> {
  const maxBytes = settings.conversion.maxMb * 2 ** 20;
  const bytes = /^https?:\/\//.test(address)
    ? await download(store, address, { settings, signal, maxBytes })
    : await readLocal(address, maxBytes);
  if ('reason' in bytes) return bytes;
  if (!bytes.subarray(0, 1024).includes('%PDF-')) return { reason: `${address} is no PDF` };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = factoryKeys.pdf(sha256);
  return (await store.exists(key)) ? { uri: `store:${key}`, sha256, bytes: bytes.length } : store.write(key, bytes);
}

async function download(
  store: Store,
  url: string,
  { settings, signal, maxBytes }: Pick<ConvertInput, 'settings' | 'signal'> & { maxBytes: number },
): Promise<Buffer | { reason: string }> {
  const ask = createAsk({ store, settings: settings.asking });
  const answer = await ask({ url, pace: PDF_PACE, maxBytes, signal });
  return answer.status === 200 ? answer.body : { reason: `${url} answered ${answer.status}` };
}

async function readLocal(path: string, maxBytes: number): Promise<Buffer | { reason: string }> {
  const { size } = await stat(path);
  if (size > maxBytes) return { reason: `it has ${Math.ceil(size / 2 ** 20)} MB, more than ${maxBytes / 2 ** 20}` };
  return readFile(path);
}

/** Converts in a folder of its own, then moves what came out into the store, `conversion.json` last. */
async function make(
  deps: ConvertDependencies,
  { source, converter, folder }: { source: PaperSource; converter: string; folder: string },
  input: ConvertInput,
): Promise<Conversion | { reason: string }> {
  const { store, scratch } = deps;
  const work = await scratchFolder(scratch);
  try {
    const converted = await run(deps, { source, work }, input);
    if ('reason' in converted) return converted;
    const assets = await keepAssets(store, folder, work);
    const done: Conversion = {
      converter,
      folder,
      markdown: await store.write(`${folder}/paper.md`, converted.markdown),
      pdf: source.pdf,
      ...assets,
      pages: converted.pages,
      words: wordsOf(withoutAddresses(converted.markdown)).length,
      language: languageOf(converted.markdown),
      quality: converted.quality,
      notes: converted.notes,
    };
    await store.writeJson(`${folder}/conversion.json`, done);
    return done;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function run(
  { store, confinement }: ConvertDependencies,
  { source, work }: { source: PaperSource; work: string },
  { settings: { conversion: settings }, signal }: ConvertInput,
): Promise<Converted | { reason: string }> {
  if (source.markdown !== null) return convertMarkdown(source.markdown, work);
  if (source.pdf === null) throw new Error('a paper without Markdown has a PDF');
  const job: PdfJob = { pdf: store.path(store.keyOf(source.pdf)), folder: work, signal };
  switch (settings.converter) {
    case 'built-in':
      return convertBuiltIn(confinement, job, settings);
    case 'command':
      return convertByCommand(confinement, job, settings);
    case 'http':
      return convertByServer(job, settings);
  }
}

async function keepAssets(store: Store, folder: string, work: string): Promise<{ assets: number; assetBytes: number }> {
  const names = await readdir(join(work, 'assets')).catch(() => []);
  let assetBytes = 0;
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    assetBytes += (await store.adopt(`${folder}/assets/${name}`, join(work, 'assets', name))).bytes;
  }
  return { assets: names.length, assetBytes };
}

/** A local file tells its title only in its text. */
async function takeTitle(
  store: Store,
  record: PaperRecord,
  { place, done }: { place: PaperPlace; done: Conversion },
): Promise<void> {
  if (record.origins['title'] !== 'local' || !record.sightings.every(({ missing }) => missing.includes('title')))
    return;
  const markdown = (await store.read(store.keyOf(done.markdown))).toString('utf8');
  const title = oneLine(/^#\s+(.+)$/m.exec(markdown)?.[1] ?? '');
  if (title !== '' && title !== record.title) await store.writeJson(factoryKeys.record(place), { ...record, title });
}
