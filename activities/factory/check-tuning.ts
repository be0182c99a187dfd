import { describeIssues } from '../../core/describe-issues.ts';
import { factoryTuning, type FactoryTuning } from '../../core/factory/tuning.ts';
import { invalidInput } from '../failures.ts';

/** What an operator wants changed of a factory, checked: InvalidInput is the sentence that the operator reads. */
export function checkTuning(tuning: unknown): FactoryTuning {
  const given = tuning ?? {};
  const parsed = factoryTuning.safeParse(given);
  if (!parsed.success) throw invalidInput(describeIssues(parsed.error, given));
  return parsed.data;
}
