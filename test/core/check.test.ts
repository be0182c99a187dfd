import { describe, expect, test } from '@jest/globals';
import { check, checks, distinctCommands, gradeLeaf, mismatches, type CheckOutput } from '../../core/check.ts';
import { rubricNode } from '../../core/rubric/node.ts';

const shown = (output: string, more: Partial<CheckOutput> = {}): CheckOutput => ({
  output,
  exitCode: 0,
  ended: 'exit',
  ...more,
});
const RUNS = 'e01 lr=01\ne03 lr=08 depth=28\ne010 lr=09\n  e03   lr=08 depth=29 \ne04 lr=02\n';

describe('a check', () => {
  test.each([
    ['an exit status', { exitCode: 0 }, shown(''), 1],
    ['another exit status', { exitCode: 0 }, shown('', { exitCode: 1 }), 0],
    ['an exit status where a signal ended it', { exitCode: 0 }, shown('', { exitCode: null }), 0],
    ['the whole output', { equals: '42\n' }, shown(' 42 '), 1],
    ['the whole output with more in it', { equals: '42' }, shown('42 43'), 0],
    ['a part of the output', { contains: 'accuracy: 0.9' }, shown('x accuracy: 0.91'), 1],
    ['a part that is not there', { contains: 'accuracy' }, shown('loss'), 0],
    ['a line that matches', { matches: '^acc 0\\.9\\d$' }, shown('a\nacc 0.93\n'), 1],
    ['no line that matches', { matches: '^acc 0\\.9\\d$' }, shown('a\nacc 0.93 b\n'), 0],
    ['the last line for a word', { lastLine: { of: 'e03', equals: 'e03 lr=08 depth=29' } }, shown(RUNS), 1],
    ['a line that a later one replaced', { lastLine: { of: 'e03', equals: 'e03 lr=08 depth=28' } }, shown(RUNS), 0],
    ['a line of a longer word', { lastLine: { of: 'e01', equals: 'e01 lr=01' } }, shown(RUNS), 1],
    ['the last line where there is none', { lastLine: { of: 'e05', equals: 'e05' } }, shown(RUNS), 0],
    ['everything that is named', { exitCode: 0, contains: 'x' }, shown('x'), 1],
    ['all but one thing', { exitCode: 0, contains: 'x' }, shown('x', { exitCode: 3 }), 0],
    ['the output of a command that was cut', { contains: 'x' }, shown('x', { exitCode: null, ended: 'timeout' }), 0],
  ])('of %s', (...[, wanted, output, score]) => {
    expect(gradeLeaf({ command: 'cat x', expect: wanted }, output).score).toBe(score);
  });

  test('says what was checked and what was found', () => {
    const leaf = { command: 'cat runs.txt', expect: { exitCode: 0, lastLine: { of: 'e03', equals: 'e03 lr=07' } } };
    expect(gradeLeaf(leaf, shown(RUNS))).toEqual({
      score: 0,
      checked: '`cat runs.txt`: exit status 0; last line for e03 is "e03 lr=07"',
      found: '"e03 lr=08 depth=29"',
    });
    expect(gradeLeaf(leaf, shown('', { exitCode: 1 })).found).toBe('exit status 1; no line for e03');
    expect(gradeLeaf(leaf, shown('e03 lr=07', { ended: 'killed' })).found).toContain('the command was cut (killed)');
  });

  test('shows both ends of a long output', () => {
    const { found } = gradeLeaf({ command: 'x', expect: { equals: 'y' } }, shown(`begin ${'-'.repeat(999)} end`));
    expect(found).toMatch(/^"begin -+ … -+ end"$/);
    expect(found.length).toBeLessThan(300);
  });
});

describe('checks are refused', () => {
  test.each([
    ['that expect nothing', { command: 'x', expect: {} }, 'must expect something'],
    ['without a command', { command: '', expect: { exitCode: 0 } }, 'Too small'],
    ['with a pattern that is none', { command: 'x', expect: { matches: '(' } }, 'must be a regular expression'],
    ['with a word that means nothing', { command: 'x', expect: { exitcode: 0 } }, 'Unrecognized key'],
  ])('%s', (_what, given, message) => {
    expect(check.safeParse(given).error?.message).toContain(message);
    expect(checks.safeParse({ leaf: given }).success).toBe(false);
  });
});

test('each command runs once, in the order in which it is first named, with the longest time that is asked for it', () => {
  const expected = { exitCode: 0 };
  const given = [
    { command: 'b', expect: expected },
    { command: 'a', expect: expected, timeoutSeconds: 5 },
    { command: 'b', expect: { contains: 'x' } },
    { command: 'a', expect: expected, timeoutSeconds: 9 },
  ];
  expect(distinctCommands(given)).toEqual([{ command: 'b' }, { command: 'a', timeoutSeconds: 9 }]);
});

test('a leaf without a check and a check without a leaf are named', () => {
  const leaf = { requirements: 'x', weight: 1, sub_tasks: [], task_category: 'Code Execution' };
  const leaves = [
    { ...leaf, id: 'a' },
    { ...leaf, id: 'b' },
  ];
  const rubric = rubricNode({ id: 'r', requirements: 'x', weight: 1, sub_tasks: leaves });
  const given = { a: { command: 'x', expect: { exitCode: 0 } }, c: { command: 'x', expect: { exitCode: 0 } } };
  expect(mismatches(rubric, given)).toEqual(['leaf b has no check', 'check c belongs to no leaf']);
  expect(mismatches(rubric, { a: given.a, b: given.a })).toEqual([]);
});
