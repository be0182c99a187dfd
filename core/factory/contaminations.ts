import { sameRepository } from './addresses.ts';
import type { Contamination, DecontaminationSettings, ProtectedPaper } from './decontamination.ts';
import { arxivIdOf, arxivIdOfDoi, doiOf } from './identity.ts';
import { similarity, type Signature } from './minhash.ts';
import type { PaperFields } from './paper.ts';
import { titleSimilarity } from './text.ts';

export interface ComparedPaper {
  fields: Pick<PaperFields, 'title' | 'arxivId' | 'doi'>;
  /** Addresses of its code. */
  code: readonly string[];
  signature: Signature | null;
}

export interface ProtectedWithText {
  paper: ProtectedPaper;
  signature: Signature | null;
}

type Thresholds = Pick<DecontaminationSettings, 'titleSimilarity' | 'textSimilarity'>;

/** Every reason why a paper is a protected one, and what came nearest without being one. */
export function contaminationsOf(
  ours: ComparedPaper,
  theirs: readonly ProtectedWithText[],
  thresholds: Thresholds,
): { matches: Contamination[]; nearest: Contamination[] } {
  const compared = theirs.flatMap((one) => [
    ...identical(ours, one.paper),
    ...byTitle(ours, one.paper, thresholds.titleSimilarity),
    ...byText(ours, one, thresholds.textSimilarity),
  ]);
  const matches = compared.filter(isMatch);
  const nearest = (['title', 'text'] as const).flatMap((kind) => {
    const others = compared.filter((one) => one.kind === kind && !isMatch(one) && one.similarity > 0);
    return others.toSorted((a, b) => b.similarity - a.similarity).slice(0, 1);
  });
  return { matches, nearest };
}

const isMatch = ({ similarity: found, threshold }: Contamination): boolean => found >= threshold;

function identical({ fields, code }: ComparedPaper, paper: ProtectedPaper): Contamination[] {
  const exact = (kind: Contamination['kind'], mine: string, its: string): Contamination => ({
    kind,
    with: paper.id,
    ours: mine,
    theirs: its,
    similarity: 1,
    threshold: 1,
  });
  const arxivId = fields.arxivId ?? (fields.doi ? arxivIdOfDoi(fields.doi) : null);
  const arxiv = paper.arxivIds.find((id) => arxivId !== null && arxivIdOf(id) === arxivIdOf(arxivId));
  const doi = paper.dois.find((one) => fields.doi !== null && doiOf(one) === doiOf(fields.doi));
  const shared = code.flatMap((mine) =>
    paper.code.filter((its) => sameRepository(mine, its)).map((its) => [mine, its]),
  );
  return [
    ...(arxiv && arxivId ? [exact('arxiv-id', arxivId, arxiv)] : []),
    ...(doi && fields.doi ? [exact('doi', fields.doi, doi)] : []),
    ...shared.map(([mine = '', its = '']) => exact('code', mine, its)),
  ];
}

function byTitle({ fields }: ComparedPaper, paper: ProtectedPaper, threshold: number): Contamination[] {
  const found = titleSimilarity(fields.title, paper.title);
  return [{ kind: 'title', with: paper.id, ours: fields.title, theirs: paper.title, similarity: found, threshold }];
}

function byText(ours: ComparedPaper, { paper, signature }: ProtectedWithText, threshold: number): Contamination[] {
  if (!ours.signature || !signature) return [];
  const found = similarity(ours.signature, signature);
  return [{ kind: 'text', with: paper.id, ours: ours.fields.title, theirs: paper.title, similarity: found, threshold }];
}
