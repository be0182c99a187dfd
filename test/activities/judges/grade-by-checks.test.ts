import { describe, expect, test } from '@jest/globals';
import { gradeByChecks, type CheckJudging } from '../../../activities/judges/grade-by-checks.ts';
import { rubricNode } from '../../../core/rubric/node.ts';
import { pruneToCodeDevelopment } from '../../../core/rubric/prune.ts';
import { pretendSandboxes } from './pretend-sandboxes.ts';

const leaf = (id: string, task_category: string) => ({
  id,
  requirements: `${id} is done`,
  weight: 1,
  sub_tasks: [],
  task_category,
});
const rubric = rubricNode({
  id: 'root',
  requirements: 'all is done',
  weight: 1,
  sub_tasks: [leaf('ran', 'Code Execution'), leaf('coded', 'Code Development'), leaf('reported', 'Result Analysis')],
});
const line = (of: string, equals: string) => ({ lastLine: { of, equals } });
const judging: CheckJudging = {
  rubric,
  checks: {
    reported: { command: 'cat results.txt', expect: line('e01', 'e01 acc=24') },
    coded: { command: 'cat runs.txt', expect: line('e01', 'e01 lr=08') },
    ran: { command: 'cat runs.txt', expect: { exitCode: 0 } },
  },
  submission: '/store/submission.tar',
  sandbox: { id: 'run.distill.0.task.0.judge', labels: { run: 'run', rollout: 'run.distill.0.task.0' }, epoch: 1 },
  limits: { processes: 8, memoryBytes: 1, cpuSeconds: 1, fileBytes: 1, workspaceBytes: 1, outputBytes: 1 },
  signal: new AbortController().signal,
};
const DONE = { 'cat runs.txt': { output: 'e01 lr=08\n' }, 'cat results.txt': { output: 'e01 acc=31\n' } };

test('every leaf gets a verdict, in the order of the rubric, that says what was checked and what was found', async () => {
  expect(await gradeByChecks(pretendSandboxes(DONE), judging)).toEqual([
    {
      leaf: 'ran',
      requirements: 'ran is done',
      category: 'Code Execution',
      score: 1,
      checked: '`cat runs.txt`: exit status 0',
      found: 'exit status 0',
    },
    {
      leaf: 'coded',
      requirements: 'coded is done',
      category: 'Code Development',
      score: 1,
      checked: '`cat runs.txt`: last line for e01 is "e01 lr=08"',
      found: '"e01 lr=08"',
    },
    {
      leaf: 'reported',
      requirements: 'reported is done',
      category: 'Result Analysis',
      score: 0,
      checked: '`cat results.txt`: last line for e01 is "e01 acc=24"',
      found: '"e01 acc=31"',
    },
  ]);
});

test('the sandbox is a fresh one with the submission, each command runs once, and it is closed', async () => {
  const sandboxes = pretendSandboxes(DONE);
  await gradeByChecks(sandboxes, judging);
  const id = judging.sandbox.id;
  const asked = [`destroy ${id}`, `open ${id}`, 'restore /store/submission.tar'];
  expect(sandboxes.log).toEqual([...asked, 'exec cat runs.txt', 'exec cat results.txt', `close ${id}`]);
  const { labels } = judging.sandbox;
  expect(sandboxes.specs[0]).toMatchObject({ id, labels, limits: judging.limits, mounts: [], environment: {} });
});

test('leaves that were pruned away are not checked', async () => {
  const pruned = pruneToCodeDevelopment(rubric);
  const sandboxes = pretendSandboxes(DONE);
  const verdicts = pruned && (await gradeByChecks(sandboxes, { ...judging, rubric: pruned }));
  expect(verdicts?.map((verdict) => verdict.leaf)).toEqual(['coded']);
  expect(sandboxes.log).not.toContain('exec cat results.txt');
});

test.each(['timeout', 'killed'] as const)('a command that the submission brings to %s gets no point', async (ended) => {
  const answers = { ...DONE, 'cat runs.txt': { output: 'e01 lr=08\n', exitCode: null, ended } };
  const verdicts = await gradeByChecks(pretendSandboxes(answers), judging);
  expect(verdicts.map(({ score }) => score)).toEqual([0, 0, 0]);
  expect(verdicts[1]?.found).toBe(`the command was cut (${ended}); "e01 lr=08"`);
});

describe('a judge that fails gives no verdict, and closes its sandbox,', () => {
  const closed = `close ${judging.sandbox.id}`;
  test.each([
    ['when a call fails', pretendSandboxes({ 'cat runs.txt': new Error('no fork') }), 'no fork'],
    [
      'when the sandbox dies under a command',
      pretendSandboxes({ 'cat runs.txt': { ended: 'interrupted' } }),
      'died under `cat runs.txt`',
    ],
    [
      'when the sandbox was restarted before a command',
      pretendSandboxes({ 'cat runs.txt': { output: 'e01 lr=08\n', restarted: true } }),
      'died under `cat runs.txt`',
    ],
    ['when the submission cannot be restored', pretendSandboxes(DONE, { restore: new Error('no tar') }), 'no tar'],
    ['when the sandbox is an old one', pretendSandboxes(DONE, { found: 'attached' }), 'is not fresh: attached'],
    ['when it cannot be closed', pretendSandboxes(DONE, { close: new Error('stuck') }), 'stuck'],
  ])('%s', async (_when, sandboxes, message) => {
    await expect(gradeByChecks(sandboxes, judging)).rejects.toThrow(message);
    expect(sandboxes.log.at(-1)).toBe(closed);
  });

  test('when it is told to stop', async () => {
    const sandboxes = pretendSandboxes(DONE);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(gradeByChecks(sandboxes, { ...judging, signal })).rejects.toThrow('stop');
    expect(sandboxes.log.at(-1)).toBe(closed);
    expect(sandboxes.log.filter((entry) => entry.startsWith('exec'))).toEqual([]);
  });

  test('keeping the first error where closing fails too', async () => {
    const sandboxes = pretendSandboxes({ 'cat runs.txt': new Error('no fork') }, { close: new Error('stuck') });
    const failure = gradeByChecks(sandboxes, judging);
    await expect(failure).rejects.toThrow('no fork');
    await expect(failure).rejects.toMatchObject({ errors: [{ message: 'no fork' }, { message: 'stuck' }] });
  });
});

test('a leaf without a check is an error before any sandbox is opened', async () => {
  const sandboxes = pretendSandboxes(DONE);
  await expect(gradeByChecks(sandboxes, { ...judging, checks: {} })).rejects.toThrow(
    'leaf ran (ran is done) has no check',
  );
  expect(sandboxes.log).toEqual([]);
});
