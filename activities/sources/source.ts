import type { FoundPaper, PaperFields, Sighting, SourceName } from '../../core/factory/paper.ts';
import { missingFields } from '../../core/factory/paper.ts';
import type { Ask } from './asking.ts';

/** One place where papers are looked for. */
export interface Source<Query> {
  name: SourceName;
  /** Papers in the source's own order, at most as many as the query allows. */
  find(query: Query, context: SourceContext): AsyncIterable<FoundPaper>;
}

export interface SourceContext {
  ask: Ask;
  /** What the sources before this one have told. */
  found: readonly FoundPaper[];
}

/** A source's answer about a paper, with what it did not have. */
export function sighted(fields: PaperFields, sighting: Omit<Sighting, 'missing'>): FoundPaper {
  return { fields, sighting: { ...sighting, missing: missingFields(fields) } };
}
