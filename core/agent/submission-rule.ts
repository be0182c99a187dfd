import type { Turn } from '../trajectory.ts';
import { inWords } from './time-reminder.ts';
import { pageList, readingProgress } from './reading-progress.ts';
import type { AgentRules } from './settings.ts';

/** Where a rollout stands when something is decided. */
export interface Moment {
  /** The finished turns. */
  turns: readonly Turn[];
  /** Seconds on the rollout's clock. */
  active: number;
  budget: number;
}

/** Why a rollout may not be submitted yet, in words that its agent can act on; undefined where it may. */
export function refusalToSubmit(
  rules: AgentRules,
  paper: string,
  { turns, active, budget }: Moment,
): string | undefined {
  if (rules.submit === 'free') return undefined;
  const { pages, left } = readingProgress(paper, turns);
  if (pages === undefined) return `Not submitted: read ${paper} first, all pages of it, with read_file.`;
  if (left.length > 0) {
    return `Not submitted: pages ${pageList(left)} of ${pages} of ${paper} are not read yet. Read them with read_file.`;
  }
  const from = rules.submitAfter * budget;
  if (active >= from) return undefined;
  return (
    `Not submitted: ${inWords(active)} of ${inWords(budget)} are used, and there is no bonus for being early. Compare what is ` +
    `there with the paper, requirement by requirement, and improve it. You may submit in ${inWords(from - active)}.`
  );
}
