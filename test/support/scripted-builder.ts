import { exhibitsOf } from '../../core/rubric-builder/coverage.ts';
import type { AnswerTo, CallKind } from '../../core/rubric-builder/answers.ts';
import type { Proposed } from '../../core/rubric-builder/draft.ts';
import { problemsOf } from '../../core/rubric-builder/wording.ts';

/** What a scripted model is told, as a real one is. */
export interface Told {
  paper: string;
  code: string;
  question: string;
}

/** A model that builds rubrics by a fixed rule: what it asks for are sentences of the paper, and each is its own quote. */
export function buildByScript(kind: string, told: Told): unknown {
  const answer = SCRIPT[kind as CallKind | 'hardware'] as ((told: Told) => unknown) | undefined;
  if (!answer) throw new Error(`nobody has scripted an answer to ${kind}`);
  return answer(told);
}

type Script = { [Kind in CallKind]: (told: Told) => AnswerTo<Kind> } & { hardware: (told: Told) => unknown };

const SCRIPT: Script = {
  hardware: () => ({ special: 'no', needs: 'none', quotes: [] }),
  contributions: () => ({
    task: 'The core of the paper has been reproduced',
    children: [
      open('What the paper prepares is there'),
      open('The method of the paper is implemented'),
      open('What the paper shows is reproduced'),
    ],
    leftOut: [],
  }),
  expand: (told) => {
    const paths = /Give the children of these nodes: ([\d., ]+)\./.exec(told.question)?.[1]?.split(', ') ?? [];
    return { nodes: paths.map((path) => ({ path, children: childrenOf(path, told) })) };
  },
  repair: () => ({ edits: [], leftOut: [] }),
  weights: ({ question }) => ({
    weights: pathsIn(question).map((path) => ({
      path,
      weight: path.startsWith('1.') ? 1 : 1 + (Number(path.split('.').at(-1)) % 3),
    })),
  }),
  addendum: () => ({ notes: [{ topic: 'Seeds', text: 'Any seed may be used.', file: null, quote: null }] }),
  review: () => ({ verdict: 'accept', objections: [] }),
  revise: () => ({ edits: [], leftOut: [] }),
};

export const open = (requirements: string): Proposed => ({
  requirements,
  category: null,
  finegrained: null,
  evidence: [],
});

export const quoting = (requirements: string, quote: string): Proposed => ({
  requirements,
  category: 'Code Development',
  finegrained: 'Method Implementation',
  evidence: [{ source: 'paper', quote }],
});

/** Two levels: the second node of the first level is split once more. */
function childrenOf(path: string, told: Told): Proposed[] {
  const sentences = sentencesOf(told.paper);
  const some = (from: number, count: number): Proposed[] =>
    sentences.slice(from, from + count).map((sentence) => quoting(sentence, sentence));
  if (path === '1') return [...some(0, 2), ...codeLeaf(told)];
  if (path === '2')
    return [open('The first part of the method works'), open('The second part of the method works'), ...some(2, 1)];
  if (path === '2.1') return some(3, 2);
  if (path === '2.2') return some(5, 2);
  const shown = exhibitsOf(told.paper).map(({ name, start }) => {
    return {
      ...quoting(`${name} of the paper is reproduced by the submission`, captionAt(told.paper, start)),
      category: 'Result Analysis' as const,
    };
  });
  return shown.length >= 2 ? shown.slice(0, 12) : [...shown, ...some(7, 2)];
}

/** A leaf that rests on the code, where there is some. */
function codeLeaf({ code }: Told): Proposed[] {
  const [, file, line] = /<file path="([^"]+)">\n(?:.*\n)*?(.*\S{4,} \S+ \S{4,}.*)\n/.exec(code) ?? [];
  if (!file || !line) return [];
  const requirements = `The submission does what the official code does in ${line.trim().slice(0, 60)}`;
  return [{ ...quoting(requirements, line), evidence: [{ source: 'code', file, quote: line }] }];
}

const captionAt = (paper: string, start: number): string =>
  paper
    .slice(start, start + 400)
    .trim()
    .split('\n')[0] ?? '';

/** Sentences that can stand as requirements, each different from the next. */
export function sentencesOf(paper: string): string[] {
  const prose = paper
    .split(/\n{2,}/)
    .filter((block) => !/^\s*(?:[#|!>`-]|\d+[.)]|Table|Figure|Algorithm)/.test(block))
    .map((block) => block.replaceAll(/\s+/g, ' '));
  const sentences = prose.flatMap((block) => block.match(/[A-Z][^.?!;:]{50,160}\./g) ?? []);
  return [...new Set(sentences)].filter((sentence) => problemsOf(sentence).length === 0);
}

const pathsIn = (question: string): string[] =>
  question.match(/^ *(\d+(?:\.\d+)*)(?= )/gm)?.map((path) => path.trim()) ?? [];
