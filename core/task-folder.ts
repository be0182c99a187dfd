import { z } from 'zod';
import { saysNothing, unclearEntries } from './blacklist.ts';
import { check, mismatches } from './check.ts';
import { describeIssues } from './describe-issues.ts';
import { name } from './fields.ts';
import { isLeaf, leaves, RubricError, type RubricNode } from './rubric/node.ts';
import { parseRubric } from './rubric/text.ts';

/** The files of a task folder in PaperBench's layout, and what we add to it. */
export const FOLDER = {
  config: 'config.yaml',
  paper: 'paper.md',
  pdf: 'paper.pdf',
  addendum: 'addendum.md',
  judgeAddendum: 'judge.addendum.md',
  blacklist: 'blacklist.txt',
  rubric: 'rubric.json',
  checks: 'checks.json',
  assets: 'assets',
} as const;

/** Of a folder the agent may see these, and what is in `assets/`; never the rubric, the checks or the judge's notes. */
export const AGENT_SEES: readonly string[] = [FOLDER.paper, FOLDER.pdf, FOLDER.addendum, FOLDER.blacklist];

/** Known to us, and for people only. */
const FOR_PEOPLE = ['provenance.json', 'README.md', 'LICENSE', 'SOURCE.md', 'checks'];

/** What is read of a folder in order to check it. */
export interface FolderFacts {
  /** The folder's own name. */
  name: string;
  files: readonly FolderFile[];
  /** The text files of the layout, as far as they are there. */
  texts: Readonly<Record<string, string>>;
  /** `config.yaml` as parsed, or why it could not be. */
  config: { value: unknown } | { error: string };
}

export interface FolderFile {
  path: string;
  bytes: number;
  kind: 'file' | 'link' | 'other';
  /** Holds the address of a file, as git-lfs leaves it, instead of its bytes. */
  isPointer: boolean;
}

export interface FolderProblem {
  file: string;
  /** A folder with an error is not taken; a warning is worth a look. */
  level: 'error' | 'warning';
  message: string;
}

/** `config.yaml`; fields of a later PaperBench are let through. */
export const taskConfig = z.looseObject({ id: name, title: z.string().min(1) });
export type TaskConfig = z.infer<typeof taskConfig>;

/** Everything that is wrong with a task folder, in the order of its files; nothing where `train` takes it as it is. */
export function problemsOf(facts: FolderFacts): FolderProblem[] {
  return [
    ...ofConfig(facts),
    ...ofFiles(facts),
    ...ofPaper(facts),
    ...ofBlacklist(facts),
    ...ofRubric(facts),
    ...ofAssets(facts),
  ];
}

const error = (file: string, message: string): FolderProblem => ({ file, level: 'error', message });
const warning = (file: string, message: string): FolderProblem => ({ file, level: 'warning', message });

function* ofConfig({ name: folder, config, files }: FolderFacts): Generator<FolderProblem> {
  if (!has(files, FOLDER.config)) return yield error(FOLDER.config, 'is missing: it holds `id` and `title`');
  if ('error' in config) return yield error(FOLDER.config, `is not YAML: ${config.error}`);
  const parsed = taskConfig.safeParse(config.value);
  if (!parsed.success) return yield error(FOLDER.config, describeIssues(parsed.error, config.value));
  if (parsed.data.id !== folder) yield warning(FOLDER.config, `the id is ${parsed.data.id}, the folder ${folder}`);
}

function* ofFiles({ files }: FolderFacts): Generator<FolderProblem> {
  const known = new Set<string>([...Object.values(FOLDER), ...FOR_PEOPLE]);
  for (const file of files) {
    if (file.kind === 'link') yield error(file.path, 'is a link: put the file itself here');
    else if (file.kind === 'other') yield error(file.path, 'is neither a file nor a folder');
    else if (file.isPointer) yield error(file.path, 'is a Git LFS pointer, not the file: `git lfs pull` brings it');
  }
  const tops = new Set(files.map(({ path }) => path.split('/')[0] ?? ''));
  for (const top of tops) if (!known.has(top)) yield warning(top, 'is no part of the layout: nobody sees it');
}

function* ofPaper({ files, texts }: FolderFacts): Generator<FolderProblem> {
  if (!has(files, FOLDER.paper)) yield error(FOLDER.paper, 'is missing: it is what the agent reads');
  else if (texts[FOLDER.paper]?.trim() === '') yield error(FOLDER.paper, 'is empty');
  if (!has(files, FOLDER.pdf)) yield warning(FOLDER.pdf, 'is missing: the agent has the Markdown only');
  if (!has(files, FOLDER.addendum)) yield warning(FOLDER.addendum, 'is missing: taken as empty');
}

function* ofBlacklist({ files, texts }: FolderFacts): Generator<FolderProblem> {
  const text = texts[FOLDER.blacklist];
  if (!has(files, FOLDER.blacklist))
    return yield error(FOLDER.blacklist, 'is missing: the word `none` forbids nothing');
  if (text === undefined) return;
  if (saysNothing(text)) yield error(FOLDER.blacklist, 'is empty: the word `none` forbids nothing');
  for (const line of unclearEntries(text)) yield error(FOLDER.blacklist, `neither an address nor a package: ${line}`);
}

function* ofRubric({ files, texts }: FolderFacts): Generator<FolderProblem> {
  const text = texts[FOLDER.rubric];
  if (!has(files, FOLDER.rubric)) return yield error(FOLDER.rubric, 'is missing');
  if (text === undefined) return;
  let rubric: RubricNode;
  try {
    rubric = parseRubric(text);
  } catch (cause) {
    if (cause instanceof RubricError) return yield error(FOLDER.rubric, cause.message);
    throw cause;
  }
  yield* ofNodes(rubric);
  yield* ofChecks(rubric, texts[FOLDER.checks]);
}

function* ofNodes(root: RubricNode): Generator<FolderProblem> {
  for (const node of everyNode(root)) {
    if (node.requirements.trim() === '') yield error(FOLDER.rubric, `${node.id}: the requirements are empty`);
    if (!isLeaf(node) && node.sub_tasks.every(({ weight }) => weight === 0)) {
      yield warning(FOLDER.rubric, `${node.id}: its children weigh nothing, so it always scores 0`);
    }
    if (node.task_category === 'Subtree') {
      yield error(FOLDER.rubric, `${node.id}: a leaf is of Code Development, Code Execution or Result Analysis`);
    }
  }
  const bare = leaves(root).filter(({ finegrained_task_category: category }) => !category).length;
  if (bare > 0) yield warning(FOLDER.rubric, `${bare} leaves have no finegrained_task_category`);
}

function* everyNode(node: RubricNode): Generator<RubricNode> {
  yield node;
  for (const child of node.sub_tasks) yield* everyNode(child);
}

function* ofChecks(rubric: RubricNode, text: string | undefined): Generator<FolderProblem> {
  if (text === undefined) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return yield error(FOLDER.checks, `is not JSON: ${(cause as Error).message}`);
  }
  const parsed = z.record(z.string(), check).safeParse(value);
  if (!parsed.success) return yield error(FOLDER.checks, describeIssues(parsed.error, value));
  for (const message of mismatches(rubric, parsed.data)) yield error(FOLDER.checks, message);
}

/** Figures that the paper shows and nobody has brought. */
function* ofAssets({ files, texts }: FolderFacts): Generator<FolderProblem> {
  const shown = [...(texts[FOLDER.paper] ?? '').matchAll(/(?:\]\(|src=["'])(?:\.\/)?(assets\/[^)"'\s]+)/g)];
  const missing = new Set(shown.map(([, path = '']) => path).filter((path) => !has(files, path)));
  for (const path of missing) yield warning(FOLDER.paper, `shows ${path}, which is not there`);
}

const has = (files: readonly FolderFile[], path: string): boolean => files.some((file) => file.path === path);
