import { arxivIdOfDoi, shortHash, slug } from './identity.ts';
import { isUnknown, type FoundPaper, type PaperField, type PaperFields, type PaperRecord } from './paper.ts';
import { normaliseTitle } from './text.ts';

/** Papers without duplicates, in the order in which they were first told; what is told later fills gaps, it overrules nothing. */
export function mergePapers(found: readonly FoundPaper[]): PaperRecord[] {
  const groups = new Map<number, FoundPaper[]>();
  const byName = new Map<string, number>();
  found.forEach((paper, index) => {
    const names = namesOf(paper);
    const known = [...new Set(names.map((name) => byName.get(name)).filter((group) => group !== undefined))];
    const group = Math.min(index, ...known);
    // A paper that carries the names of two others shows that these are one.
    const members = [...known.toSorted((a, b) => a - b).flatMap((other) => groups.get(other) ?? []), paper];
    for (const other of known) groups.delete(other);
    groups.set(group, members);
    for (const name of members.flatMap(namesOf)) byName.set(name, group);
  });
  return distinctIds([...groups].toSorted(([a], [b]) => a - b).map(([, members]) => mergeOne(members)));
}

/** By what a paper is recognised. Titles of one or two words say too little, and a file's name is no title. */
function namesOf({ fields, sighting }: FoundPaper): string[] {
  const { title, doi, arxivId, openReviewId, semanticScholarId } = fields;
  const arxiv = arxivId ?? (doi ? arxivIdOfDoi(doi) : null);
  const normal = normaliseTitle(title);
  return [
    ...(doi ? [`doi ${doi}`] : []),
    ...(arxiv ? [`arxiv ${arxiv.toLowerCase()}`] : []),
    ...(openReviewId ? [`openreview ${openReviewId}`] : []),
    ...(semanticScholarId ? [`s2 ${semanticScholarId}`] : []),
    ...(normal.split(' ').length > 2 && !sighting.missing.includes('title') ? [`title ${normal}`] : []),
  ];
}

function mergeOne(members: readonly FoundPaper[]): PaperRecord {
  const [first] = members;
  if (!first) throw new Error('there is no paper without a sighting');
  const merged: Record<string, unknown> = { ...first.fields };
  const origins: PaperRecord['origins'] = {};
  for (const { fields, sighting } of members) {
    for (const field of Object.keys(fields) as PaperField[]) {
      if (isUnknown(fields[field]) || origins[field]) continue;
      merged[field] = fields[field];
      origins[field] = sighting.source;
    }
  }
  const code = [...new Set(members.flatMap(({ fields }) => fields.code))];
  const fields = { ...merged, code } as PaperFields;
  return { id: idOf(first), ...fields, sightings: members.map(({ sighting }) => sighting), origins };
}

/** Local papers are called by their folder or file, others by their title; what they are recognised by tells them apart. */
function idOf(paper: FoundPaper): string {
  const { fields, sighting } = paper;
  if (sighting.source === 'local') return slug(sighting.name, 50) || `paper-${shortHash(sighting.from)}`;
  const [identity = `title ${normaliseTitle(fields.title)}`] = namesOf(paper);
  return `${slug(fields.title) || 'paper'}-${shortHash(identity)}`;
}

function distinctIds(records: PaperRecord[]): PaperRecord[] {
  const taken = new Set<string>();
  return records.map((record) => {
    const [sighting] = record.sightings;
    const id = taken.has(record.id) ? `${record.id}-${shortHash(`${sighting?.name} ${sighting?.from}`)}` : record.id;
    taken.add(id);
    return { ...record, id };
  });
}
