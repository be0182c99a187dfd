import { z } from 'zod';
import { fitFiles, fitParts, fitTree, tokensOf, type Fitted } from '../../../core/judging/budget.ts';
import { isShown, seesLog, type GradedCategory } from '../../../core/judging/files.ts';
import type { LeafInPlace } from '../../../core/judging/prior-nodes.ts';
import type { Block, Model, ModelRequest } from '../../models/model.ts';
import type { Shape } from '../../models/ask-structured.ts';
import type { Prompts } from '../../prompts.ts';
import type { Material } from './material.ts';
import { createPriorText } from './priors.ts';

/** What the leaves of one category have in common. */
export interface View {
  category: GradedCategory;
  fitted: Fitted;
  files: { path: string; text: string }[];
  byPath: ReadonlyMap<string, { path: string; text: string }>;
  /** Their names, for a leaf to pick from. */
  tree: string;
  /** What stands before a leaf. */
  priors: ReturnType<typeof createPriorText>;
  /** Whether each leaf picks its own files, because not all of them can be shown. */
  isRanked: boolean;
  /** The blocks that every question about a leaf of the category begins with. */
  paper: Block;
  run: Block;
  /** All files, where they fit: paid for once. */
  all: Block | undefined;
}

export const ranking: Shape<{ files: string[] }> = {
  name: 'relevant_files',
  description: 'The files that are most useful for deciding whether the requirement is met, the most useful first.',
  schema: z.object({ files: z.array(z.string()) }),
};

export const grading: Shape<{ expectations: string; reality: string; score: 0 | 1 }> = {
  name: 'grade',
  description: 'The grade of one requirement.',
  schema: z.object({
    expectations: z.string().min(1).describe('what a submission that meets the requirement would hold'),
    reality: z.string().min(1).describe('what this submission holds, with files and lines'),
    score: z.union([z.literal(0), z.literal(1)]).describe('1 if the requirement is met, 0 if it is not'),
  }),
};

/** Tokens of an answer that only names files. */
const RANKING_TOKENS = 2000;

/** What leaves of a category see, fitted into the model's context. */
export function viewOf(
  { material, model, rankedFiles }: { material: Material; model: Model; rankedFiles: number },
  category: GradedCategory,
  scale = 1,
): View {
  const { submission, paper, addenda, touched } = material;
  const { contextTokens, maxTokens } = model.settings;
  const fitted = fitParts(
    {
      contextTokens,
      answerTokens: maxTokens,
      paper,
      addenda,
      script: submission.script ?? '(there is none)',
      log: seesLog(category) ? (submission.log ?? '(there is none)') : '',
    },
    scale,
  );
  const files = [...submission.files]
    .filter(([path]) => isShown(category, path, touched))
    .map(([path, text]) => ({ path, text: frame(path, text) }));
  const size = files.reduce((sum, { text }) => sum + tokensOf(text), 0);
  const isRanked = files.length > rankedFiles || size > fitted.fileTokens;
  return {
    category,
    fitted,
    files,
    byPath: new Map(files.map((file) => [file.path, file])),
    tree: isRanked
      ? fitTree(
          files.map(({ path }) => path),
          fitted.fileTokens,
        )
      : '',
    priors: createPriorText(),
    isRanked,
    paper: { type: 'text', text: paperText(fitted), cache: true },
    run: { type: 'text', text: runText(category, fitted) },
    all: isRanked ? undefined : { type: 'text', text: filesText(category, files), cache: true },
  };
}

/** Which files shall be shown? */
export function rankRequest(
  prompts: Prompts,
  view: View,
  { place: { leaf }, count }: { place: LeafInPlace; count: number },
): ModelRequest {
  const { category, tree } = view;
  const values = { count: String(count), category, requirement: leaf.requirements, tree };
  return {
    system: prompts.fill('system'),
    messages: [{ role: 'user', content: [view.paper, { type: 'text', text: prompts.fill('rank', values) }] }],
    maxTokens: RANKING_TOKENS,
    thinking: 'off',
  };
}

/** The files that the model has picked, in its order; names that there are not are passed over. */
export function pickFiles(view: View, names: readonly string[], count: number): { path: string; text: string }[] {
  const known = names
    .map((name) => view.byPath.get(name.trim().replace(/^\.?\//, '')))
    .filter((file) => file !== undefined);
  return fitFiles([...new Set(known)].slice(0, count), view.fitted.fileTokens);
}

/** Is the requirement met? */
export function gradeRequest(
  prompts: Prompts,
  view: View,
  { place: { leaf, prior }, files }: { place: LeafInPlace; files: readonly { text: string }[] | undefined },
): ModelRequest {
  const shown = view.all ? [view.all] : filesBlocks(view.category, files ?? []);
  const question = prompts.fill(view.category.toLowerCase().replace(' ', '-'));
  const above = view.priors(prior) || '(none)';
  const values = { prior: above, category: view.category, requirement: leaf.requirements, question };
  return {
    system: prompts.fill('system'),
    messages: [
      {
        role: 'user',
        content: [view.paper, view.run, ...shown, { type: 'text', text: prompts.fill('grade', values) }],
      },
    ],
  };
}

const frame = (path: string, text: string): string => `<file path="${path}">\n${text}\n</file>`;

const paperText = ({ paper, addenda }: Fitted): string =>
  `<paper>\n${paper}\n</paper>\n\n<addenda>\n${addenda || '(there are none)'}\n</addenda>`;

const runText = (category: GradedCategory, { script, log }: Fitted): string =>
  [
    `<file path="reproduce.sh">\n${script}\n</file>`,
    ...(seesLog(category) ? [`<file path="reproduce.log">\n${log}\n</file>`] : []),
  ].join('\n\n');

/** A block for each file: of many leaves' files none is copied. */
function filesBlocks(category: GradedCategory, files: readonly { text: string }[]): Block[] {
  const texts = files.length === 0 ? ['(there are none)'] : files.map(({ text }) => text);
  return [filesOf(category), ...texts].map((text) => ({ type: 'text', text }));
}

const filesText = (category: GradedCategory, files: readonly { text: string }[]): string =>
  filesBlocks(category, files)
    .map(({ text }) => String(text))
    .join('\n\n');

const filesOf = (category: GradedCategory): string =>
  category === 'Result Analysis'
    ? 'Documents of the submission, and files that running reproduce.sh has made or changed:'
    : 'Files of the submission:';
