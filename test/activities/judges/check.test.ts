import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECK_JUDGE_VERSION, createCheckJudge } from '../../../activities/judges/check.ts';
import type { Submission } from '../../../activities/judges/judged.ts';
import { createIdle } from '../../../activities/policies/idle.ts';
import { createScripted } from '../../../activities/policies/scripted.ts';
import { micropaperDifficulty } from '../../../core/micropaper/difficulty.ts';
import { generateMicropaper } from '../../../core/micropaper/generate.ts';
import { scriptedMistakes } from '../../../core/micropaper/mistakes.ts';
import { verdict } from '../../../core/record.ts';
import { imaginedWorld, playOut, type World } from '../policies/simulate.ts';
import { pretendSandboxes } from './pretend-sandboxes.ts';

const difficulty = micropaperDifficulty.parse({});
const paper = generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty });
let task: string;
beforeEach(async () => {
  task = await mkdtemp(join(tmpdir(), 'task-'));
  for (const file of ['rubric.json', 'checks.json']) await writeFile(join(task, file), paper.files[file] ?? '');
});
afterEach(() => rm(task, { recursive: true }));

const submissionOf = (folder: string): Submission => ({
  rollout: 'r',
  onProgress: () => undefined,
  task: folder,
  submission: { artifact: { uri: 'file:///s.tar', sha256: 'a', bytes: 1 }, file: '/s.tar' },
  sandbox: { id: 'r.judge', labels: { run: 'run', rollout: 'r' }, epoch: 1 },
  limits: { processes: 8, memoryBytes: 1, cpuSeconds: 1, fileBytes: 1, workspaceBytes: 1, outputBytes: 1 },
  signal: new AbortController().signal,
});

const commands = ['cat runs.txt', 'cat log.txt', 'cat results.txt'];
const judge = (world: World) =>
  createCheckJudge(pretendSandboxes(Object.fromEntries(commands.map((command) => [command, world(command)]))));

test('a rollout is judged by its task folder: the roll-up of its leaves, and each category', async () => {
  const world = imaginedWorld(paper);
  const mistakes = { ...scriptedMistakes.parse({}), givesUp: 0 };
  const played = await playOut(createScripted({ mistakes, seed: 1 }), paper, { rollout: 'r', world });
  const given = await judge(world)(submissionOf(task));
  expect(verdict.parse({ rollout: 'r', ...given })).toEqual({ rollout: 'r', ...given });
  expect(given).toMatchObject({
    judge: CHECK_JUDGE_VERSION,
    submission: { uri: 'file:///s.tar' },
    score: played.score,
  });
  const share = (category: string) => {
    const leaves = given.leaves.filter((leaf) => leaf.category === category);
    return leaves.filter(({ score }) => score === 1).length / leaves.length;
  };
  for (const category of Object.keys(given.categories))
    expect(given.categories[category]).toBeCloseTo(share(category), 12);
  expect(given.score).toBeGreaterThan(0.2);
  expect(given.score).toBeLessThan(1);
});

test('nothing done is nothing scored, and the verdict says what is missing', async () => {
  const world = imaginedWorld(paper);
  await playOut(createIdle(), paper, { rollout: 'r', world });
  const given = await judge(world)(submissionOf(task));
  expect(given.score).toBe(0);
  expect(given.leaves).toHaveLength(3 * paper.experiments.length);
  expect(given.leaves[0]?.found).toBe('no line for e01');
});

test.each([
  ['checks.json', '{"x": {"command": "true", "expect": {}}}', 'checks.json: x.expect: must expect something'],
  ['checks.json', '{}', 'has no check'],
  ['rubric.json', '{"id": "r"}', 'root (r): requirements must be a text'],
])('a task whose %s is %s is an error, not a zero', async (file, content, message) => {
  await writeFile(join(task, file), content);
  await expect(judge(imaginedWorld(paper))(submissionOf(task))).rejects.toThrow(message);
});
