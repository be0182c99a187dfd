import { untold, type FoundPaper, type PaperFields, type SourceName } from '../../../core/factory/paper.ts';

/** A paper as a source would tell it. */
export const found = (source: SourceName, fields: Partial<PaperFields> & { title: string }, name = ''): FoundPaper => ({
  fields: { ...untold(fields.title), ...fields },
  sighting: { source, name: name || fields.title, from: `${source}:${fields.title}`, retrievedAt: null, missing: [] },
});
