import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checks as checksSchema, type Checks } from '../../core/check.ts';
import { describeIssues } from '../../core/describe-issues.ts';
import type { Verdict } from '../../core/record.ts';
import type { RubricNode } from '../../core/rubric/node.ts';
import { categoryMeans, rollUp } from '../../core/rubric/roll-up.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import type { SandboxProvider } from '../sandboxes/sandbox.ts';
import { TASK_FILES } from '../tasks.ts';
import { gradeByChecks } from './grade-by-checks.ts';
import type { Submission } from './judged.ts';

/** Part of what a verdict depends on: another version may grade the same submission otherwise. */
export const CHECK_JUDGE_VERSION = 'check-1';

/** The judge of `check` leaves: the task's `rubric.json` and `checks.json`, run on the submission in a fresh sandbox. */
export function createCheckJudge(sandboxes: SandboxProvider) {
  return async ({
    task,
    submission,
    sandbox,
    limits,
    signal,
  }: Omit<Submission, 'rollout' | 'onProgress'>): Promise<Omit<Verdict, 'rollout'>> => {
    const [rubric, checks] = await Promise.all([readRubric(task), readChecks(task)]);
    const leaves = await gradeByChecks(sandboxes, {
      rubric,
      checks,
      submission: submission.file,
      sandbox,
      limits,
      signal,
    });
    const scores = new Map(leaves.map(({ leaf, score }) => [leaf, score]));
    return {
      judge: CHECK_JUDGE_VERSION,
      submission: submission.artifact,
      score: rollUp(rubric, scores),
      categories: categoryMeans(rubric, scores),
      leaves,
    };
  };
}

async function readRubric(task: string): Promise<RubricNode> {
  return parseRubric(await readFile(join(task, TASK_FILES.rubric), 'utf8'));
}

async function readChecks(task: string): Promise<Checks> {
  const file = join(task, TASK_FILES.checks);
  const given: unknown = JSON.parse(await readFile(file, 'utf8'));
  const parsed = checksSchema.safeParse(given);
  if (!parsed.success) throw new Error(`${file}: ${describeIssues(parsed.error, given)}`);
  return parsed.data;
}
