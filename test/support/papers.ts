import { conversionSettings, askingSettings, codeSettings } from '../../core/factory/settings.ts';
import { decontaminationSettings } from '../../core/factory/decontamination.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { untold, type PaperFields, type PaperPlace } from '../../core/factory/paper.ts';
import type { Store } from '../../activities/store.ts';

/** The settings of a factory as a recipe without any would have them. */
export const paperSettings = {
  conversion: conversionSettings.parse({ converter: 'built-in' }),
  asking: askingSettings.parse({}),
  code: codeSettings.parse({}),
  decontamination: decontaminationSettings.parse({}),
};

/** Puts a paper's record into a run. */
export async function recordPaper(store: Store, paper: string, fields: Partial<PaperFields>): Promise<PaperPlace> {
  const place = { run: 'r', paper };
  const missing = fields.title === undefined ? ['title'] : [];
  const sighting = { source: 'local' as const, name: paper, from: `papers/${paper}`, retrievedAt: null, missing };
  const record = { ...untold(paper), ...fields, id: paper, sightings: [sighting], origins: { title: 'local' } };
  await store.writeJson(factoryKeys.record(place), record);
  return place;
}

/** Puts a text into a run as a paper that was converted. */
export async function keepMarkdown(store: Store, place: PaperPlace, text: string): Promise<void> {
  const folder = factoryKeys.conversion(place.paper);
  const quality = { unreadable: 0, emptyPages: 0, singleLetters: 0, missingSections: [] };
  const counts = { tables: 0, plainTables: 0, figures: 0, equations: 0 };
  await store.writeJson(factoryKeys.converted(place), {
    converter: 'test',
    folder,
    markdown: await store.write(`${folder}/paper.md`, text),
    pdf: null,
    assets: 0,
    assetBytes: 0,
    pages: 1,
    words: 1,
    language: 'en',
    quality: { ...quality, ...counts },
    notes: [],
  });
}
