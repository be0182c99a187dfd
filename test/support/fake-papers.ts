import { decontamination } from '../../core/factory/decontamination.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { CodeResult } from '../../core/factory/code.ts';
import type { ConversionResult } from '../../core/factory/conversion.ts';
import { untold, type CollectedPapers, type PaperPlace } from '../../core/factory/paper.ts';
import type { PaperTools } from '../../activities/factory/paper-tools.ts';
import type { Store } from '../../activities/store.ts';

export interface FakePaper {
  id: string;
  text: string;
  code?: Record<string, string>;
  /** Year in its metadata. */
  year?: number;
}

/** A paper with enough to make a rubric of. */
export const fakePaper = (id: string, more: Partial<FakePaper> = {}): FakePaper => ({ id, text: textOf(id), ...more });

function textOf(id: string): string {
  const topics = [
    'encoders',
    'decoders',
    'optimisers',
    'samplers',
    'tokenisers',
    'schedulers',
    'regularisers',
    'ensembles',
    'retrievers',
    'rerankers',
  ];
  const sentences = topics.map(
    (topic, index) =>
      `The ${topic} of ${id} are built with ${index + 3} blocks and trained for ${10 * (index + 1)} epochs on corpus ${topic.slice(0, 4)}${index}.`,
  );
  return [
    `# On ${id}`,
    '',
    sentences.slice(0, 5).join(' '),
    '',
    'Table 1: Accuracy of all variants',
    '',
    sentences.slice(5).join(' '),
    '',
  ].join('\n');
}

/** Papers that need neither a network nor a converter: what the real tools would have left in the store. */
export function fakePapers(store: Store, papers: readonly FakePaper[]): PaperTools {
  const of = ({ paper }: PaperPlace): FakePaper => papers.find(({ id }) => id === paper) ?? fakePaper(paper);
  return {
    collect: ({ run }) => collect(store, run, papers),
    convert: ({ place }) => convert(store, place, of(place)),
    fetchCode: ({ place }) => fetchCode(store, place, of(place)),
    async decontaminate({ place }) {
      const compared = { nearest: [], settings: 'none', protected: 0, texts: 0 };
      const clean = decontamination.parse({ contaminated: false, matches: [], ...compared });
      await store.writeJson(factoryKeys.decontamination(place), clean);
      return clean;
    },
  };
}

async function collect(store: Store, run: string, papers: readonly FakePaper[]): Promise<CollectedPapers> {
  for (const { id, year } of papers) {
    const sighting = { source: 'local' as const, name: id, from: `papers/${id}`, retrievedAt: null, missing: [] };
    const fields = { ...untold(`On ${id}`), year: year ?? 2024 };
    const record = { ...fields, id, sightings: [sighting], origins: {} };
    await store.writeJson(factoryKeys.record({ run, paper: id }), record);
  }
  const list = await store.writeJson(
    factoryKeys.list(run),
    papers.map(({ id }) => id),
  );
  return { list, count: papers.length, duplicates: 0, bySource: { local: papers.length } };
}

async function convert(store: Store, place: PaperPlace, { text }: FakePaper): Promise<ConversionResult> {
  const folder = factoryKeys.conversion(place.paper);
  const markdown = await store.write(`${folder}/paper.md`, text);
  const counted = { tables: 1, plainTables: 0, figures: 0, equations: 0 };
  const quality = { unreadable: 0, emptyPages: 0, singleLetters: 0, missingSections: [], ...counted };
  const sizes = { assets: 0, assetBytes: 0, pages: 1, words: 900 };
  const conversion = { converter: 'fake', folder, markdown, pdf: null, ...sizes, language: 'en', quality, notes: [] };
  await store.writeJson(factoryKeys.converted(place), conversion);
  return { ok: true, conversion };
}

async function fetchCode(store: Store, place: PaperPlace, { code }: FakePaper): Promise<CodeResult> {
  const folder = `${factoryKeys.codeAt(place.paper)}/files`;
  for (const [path, text] of Object.entries(code ?? {})) await store.write(`${folder}/${path}`, text);
  const address = `https://example.org/${place.paper}`;
  const found = code ? { address, commit: 'a'.repeat(40), folder, files: 1, bytes: 1 } : null;
  const result = { code: found, tried: [], blacklist: found ? [address] : [] };
  await store.writeJson(factoryKeys.code(place), result);
  return result;
}
