import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createJudge, type JudgeInput, type RolloutSummary } from '../../activities/judge.ts';
import type { GradeSubmission } from '../../activities/judges/judged.ts';
import { readRecord } from '../../activities/record-outcome.ts';
import { createFolderStore } from '../../activities/store.ts';
import { keys, rolloutId } from '../../core/names.ts';
import { recipe } from '../../core/recipe.ts';
import { noUsage } from '../../core/trajectory.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();
const place = { run: 'run', stage: 'distill', step: '0', task: 'train-0', member: 0 };
const artifact = { uri: 'store:x', sha256: 'x', bytes: 1 };
const input: JudgeInput = {
  place,
  policy: 'teacher',
  recipe: artifact,
  played: {
    end: 'submitted',
    turns: 1,
    activeSeconds: 1,
    sandboxSeconds: 1,
    usage: noUsage(),
    submission: artifact,
    unsafeSandbox: false,
  },
};

test('a judge that was overtaken leaves the verdict that the record names as it is', async () => {
  const store = createFolderStore(folder());
  const waiting: ((score: number) => void)[] = [];
  const grade: GradeSubmission = async () => {
    const score = await new Promise<number>((resolve) => waiting.push(resolve));
    return { judge: 'fake', submission: artifact, score, categories: {}, leaves: [] };
  };
  const settings = recipe.parse(tinyRecipe());
  const { judge } = createJudge({ store, recipe: async () => settings, judge: () => grade });
  const attempt = (): Promise<RolloutSummary> => new MockActivityEnvironment().run(judge, input);
  const attempts = [attempt(), attempt()] as const;
  await eventually(() => waiting.length === 2);
  waiting[1]?.(0.75);
  await attempts[1];
  waiting[0]?.(0.25);
  expect(await attempts[0]).toMatchObject({ outcome: 'scored', score: 0.75 });
  const named = (await readRecord(store, rolloutId(place)))?.verdict;
  const kept = await store.read(keys.verdict(rolloutId(place)));
  expect(createHash('sha256').update(kept).digest('hex')).toBe(named?.sha256);
});
