import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { runCheck } from '../../../cli/testing/run-check.ts';
import { addTallies, tallyOfJest, tallyOfPytest } from '../../../cli/testing/tally.ts';
import type { Check } from '../../../cli/testing/checks.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const home = temporaryFolder();
jest.spyOn(process.stderr, 'write').mockReturnValue(true);

const JEST = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 1,
};
const PYTEST =
  '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1">';

test('jest’s figures are read from its file; a test file that cannot be loaded is a failure', () => {
  expect(tallyOfJest(JSON.stringify(JEST))).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test('pytest’s figures are read from its file; errors are failures', () => {
  expect(tallyOfPytest(PYTEST)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  expect(() => tallyOfPytest('<html/>')).toThrow('no test suite');
});

test('figures add up', () => {
  expect(addTallies([tallyOfJest(JSON.stringify(JEST)), tallyOfPytest(PYTEST)])).toEqual({
    passed: 9,
    failed: 5,
    skipped: 5,
  });
});

function check(script: string, counted: string | null | undefined): Check {
  const file = join(mkdtempSync(join(home, 'c-')), 'counts.json');
  if (typeof counted === 'string') writeFileSync(file, counted);
  const command: Check['command'] = [process.execPath, '-e', script];
  const counts = counted === null ? null : { file, read: tallyOfJest };
  return { name: 'check', command, cwd: home, environment: process.env, counts };
}

const FINE = JSON.stringify({ ...JEST, numFailedTests: 0, numRuntimeErrorTestSuites: 0 });

test.each([
  ['a linter that is content counts nothing', check('', null), { passed: 0, failed: 0 }],
  ['a linter that is not counts as one failure', check('process.exit(1)', null), { passed: 0, failed: 1 }],
  ['tests that pass are counted', check('', FINE), { passed: 5, failed: 0 }],
  ['tests that fail are counted', check('process.exit(1)', JSON.stringify(JEST)), { passed: 5, failed: 2 }],
  [
    'a runner that fails although all tests pass is a failure',
    check('process.exit(1)', FINE),
    { passed: 5, failed: 1 },
  ],
  [
    'a runner that dies without figures is a failure',
    check('process.kill(process.pid, 9)', undefined),
    { passed: 0, failed: 1 },
  ],
  ['a runner that ends well without figures is a failure', check('', undefined), { passed: 0, failed: 1 }],
])('%s', async (_title, given, expected) => {
  expect(await runCheck(given)).toMatchObject(expected);
});
