import { leavesOf, type DraftNode } from './draft.ts';
import { shareOf, type CheckResult, type Finding } from './finding.ts';

/** Words above which a requirement is hardly one thing. PaperBench's longest tenth begins at about 60. */
export const MOST_WORDS = 90;

interface Wording {
  problem: string;
  found(text: string): boolean;
}

/** What keeps a leaf from being answered by yes or no, or makes two leaves of it. */
const WORDINGS: readonly Wording[] = [
  { problem: 'says nothing', found: (text) => countWords(text) < 4 },
  { problem: `has more than ${MOST_WORDS} words: split it`, found: (text) => countWords(text) > MOST_WORDS },
  { problem: 'is a question', found: (text) => text.trim().endsWith('?') },
  {
    problem: 'leaves open what counts: name what must be there',
    found: (text) =>
      /\b(?:etc\b|and so on|and so forth|among others|as (?:needed|appropriate|necessary)|if (?:possible|feasible))/iu.test(
        text,
      ),
  },
  {
    problem: 'is a matter of degree, not of yes or no',
    found: (text) =>
      /\b(?:partially|to some (?:extent|degree)|as (?:much|well|far|closely) as possible|reasonabl[ye]|sufficiently|adequately|appropriately|high[- ]quality|(?:well|clearly)[- ](?:documented|written|structured|organi[sz]ed)|good (?:quality|practice)s?|robustly?|user-friendly)\b/iu.test(
        text,
      ),
  },
  { problem: 'asks for two things: make each a leaf of its own', found: asksForTwo },
];

/** Whether every leaf is one thing that is there or not. A leaf in twenty may be flagged: the words are only a sign. */
export function checkWording(root: DraftNode, tolerated = 0.05): CheckResult {
  const leaves = leavesOf(root);
  const findings = leaves.flatMap(({ path, requirements }): Finding[] =>
    problemsOf(requirements).map((problem) => ({ path, problem })),
  );
  const flagged = new Set(findings.map(({ path }) => path)).size;
  const ok = shareOf(flagged, leaves.length) <= tolerated;
  return { check: 'leaves', ok, findings, figures: { leaves: leaves.length, flagged } };
}

export const problemsOf = (requirements: string): string[] =>
  WORDINGS.filter(({ found }) => found(requirements)).map(({ problem }) => problem);

const countWords = (text: string): number => text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;

/** Two clauses with a verb of doing each: `X is implemented and Y is evaluated`. A list of objects under one verb is one thing. */
function asksForTwo(text: string): boolean {
  const plain = text.replaceAll(/\([^)]*\)|\$[^$]*\$|"[^"]*"|`[^`]*`/gu, ' ');
  const clauses = plain.split(/,?\s+(?:and|as well as)\s+(?:then\s+|also\s+)?|;\s+|\.\s+(?=\p{Lu})/u);
  const doing = clauses.filter((clause) => DOING.test(clause)).length;
  return doing > 1;
}

const DOING =
  /\b(?:is|are|was|were|has been|have been)\s+(?:correctly\s+|properly\s+|also\s+)?(?:implemented|evaluated|trained|reported|plotted|logged|saved|computed|measured|downloaded|executed|compared|tested)\b/iu;
