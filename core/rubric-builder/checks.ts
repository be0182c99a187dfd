import type { Draft } from './draft.ts';
import { checkCoverage } from './coverage.ts';
import { checkDuplicates } from './duplicates.ts';
import type { CheckResult } from './finding.ts';
import { checkSchema } from './tree.ts';
import type { RubricSettings } from './settings.ts';
import { checkSupport, supportsOf, type Sources } from './support.ts';
import { checkWeights } from './weights.ts';
import { checkWording } from './wording.ts';

/** All checks that need nothing but the rubric and what it was made from. */
export function checkRubric(draft: Draft, of: { sources: Sources; settings: RubricSettings }): CheckResult[] {
  const { sources, settings } = of;
  const { root } = draft;
  const supports = supportsOf(root, sources);
  return [
    checkSchema(root, settings),
    checkWording(root, settings.maxFlagged),
    checkSupport(root, sources),
    checkDuplicates(root, settings.maxDuplicates),
    checkCoverage(draft, { markdown: sources.paper.text, supports, least: settings.minCoverage }),
    checkWeights(root, settings.maxLeafShare),
  ];
}

export const allOk = (results: readonly CheckResult[]): boolean => results.every(({ ok }) => ok);

/** What the failed checks found, a line each, for a model or a person. */
export const findingLines = (results: readonly CheckResult[]): string[] =>
  results
    .filter(({ ok }) => !ok)
    .flatMap(({ check, findings }) =>
      findings.map(({ path, problem }) => `${check}: ${path === '' ? 'the rubric' : `node ${path}`} ${problem}`),
    );
