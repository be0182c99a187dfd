import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlmJudgeSettings } from '../../../core/judge-settings.ts';
import { hasResults } from '../../../core/judging/files.ts';
import { leavesInPlace, type LeafInPlace } from '../../../core/judging/prior-nodes.ts';
import type { Reproduction } from '../../../core/judging/reproduction.ts';
import type { RubricNode } from '../../../core/rubric/node.ts';
import { pruneToCodeDevelopment, resourcesProvided } from '../../../core/rubric/prune.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { FOLDER } from '../../../core/task-folder.ts';
import { invalidInput } from '../../failures.ts';
import { TASK_FILES } from '../../tasks.ts';
import { readSubmission, type ReadSubmission } from './submission.ts';

/** Everything that the leaves of one submission are graded by. */
export interface Material {
  /** As it is scored: pruned, and with the weights that count. */
  rubric: RubricNode;
  leaves: LeafInPlace[];
  paper: string;
  /** The addendum that the agent had, and the judge's own. */
  addenda: string;
  submission: ReadSubmission;
  /** Files that the reproduction made or changed. */
  touched: ReadonlySet<string>;
  /** Whether the reproduction left anything that a result could rest on. */
  hasResults: boolean;
  /** Of what the judge knows beside rubric and submission. */
  basis: string;
}

/** Reads a task's folder and a submission, as the reproduction left it where there was one. */
export async function readMaterial(
  settings: LlmJudgeSettings,
  from: { task: string; submission: string; reproduction: Reproduction | undefined },
): Promise<Material> {
  const { task, reproduction } = from;
  const [paper = '', addendum, judgeAddendum, whole, submission] = await Promise.all([
    readPart(task, FOLDER.paper),
    readPart(task, FOLDER.addendum),
    readPart(task, FOLDER.judgeAddendum),
    readFile(join(task, TASK_FILES.rubric), 'utf8').then(parseRubric),
    readSubmission(from.submission),
  ]);
  const addenda = [addendum, judgeAddendum];
  const rubric = scoredRubric(settings, whole);
  const touched = new Set(reproduction?.touched.map(({ path }) => path) ?? []);
  const joined = addenda.filter((text) => text !== undefined && text.trim() !== '').join('\n\n');
  return {
    rubric,
    leaves: leavesInPlace(rubric, settings.priorNodes),
    paper,
    addenda: joined,
    submission,
    touched,
    hasResults: hasResults(touched),
    basis: createHash('sha256')
      .update(JSON.stringify([paper, joined]))
      .digest('hex'),
  };
}

function scoredRubric(settings: LlmJudgeSettings, whole: RubricNode): RubricNode {
  const weighed = settings.resourcesProvided ? resourcesProvided(whole) : whole;
  if (settings.variant === 'full') return weighed;
  const pruned = pruneToCodeDevelopment(weighed);
  if (!pruned)
    throw invalidInput('the rubric has no leaf of Code Development: the code-development variant grades nothing');
  return pruned;
}

/** What the agent may see lies in the task's `paper/`, or beside the rubric where the task is a micropaper. */
async function readPart(task: string, file: string): Promise<string | undefined> {
  for (const path of [join(task, TASK_FILES.paper, file), join(task, file)]) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
