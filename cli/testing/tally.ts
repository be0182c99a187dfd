import { z } from 'zod';

/** How many tests came to which end. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const noTests = (): Tally => ({ passed: 0, failed: 0, skipped: 0 });
/** A step that is no test, such as the linter, counts only when it fails. */
export const failedStep = (): Tally => ({ ...noTests(), failed: 1 });

export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally): number => tallies.reduce((total, tally) => total + tally[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

const jestResult = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
});

/** Of the file that `jest --json` writes; a test file that could not even be loaded is one failure. */
export function tallyOfJest(text: string): Tally {
  const result = jestResult.parse(JSON.parse(text));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Of the JUnit file that pytest writes. */
export function tallyOfPytest(text: string): Tally {
  const suite = /<testsuite\s[^>]*>/.exec(text)?.[0];
  if (!suite) throw new Error('pytest wrote no test suite');
  const of = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const [failed, skipped] = [of('failures') + of('errors'), of('skipped')];
  return { passed: of('tests') - failed - skipped, failed, skipped };
}
