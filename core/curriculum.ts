import type { StageEnd } from './rl-report.ts';
import type { EndRules, RlStages } from './rl-settings.ts';
import { mean } from './statistics.ts';
import type { Cost } from './status.ts';

/** One stage of a curriculum with all that holds for it. */
export interface RlSettings extends Omit<RlStages, 'type' | 'curriculum'> {
  timeout: string;
  /** At most. */
  steps: number;
}

/** The name of the stage with a timeout, and of the checkpoint that it leaves. */
export const rlStageName = (timeout: string): string => `rl-${timeout}`;

/** The stages of a curriculum, each from the checkpoint of the one before. */
export function settingsOf({ type: _type, curriculum, ...common }: RlStages): RlSettings[] {
  return curriculum.map(({ learningRate, ...own }, index) => {
    const before = curriculum[index - 1];
    return {
      ...common,
      ...(given(own) as typeof own & Partial<typeof common>),
      from: before === undefined ? common.from : rlStageName(before.timeout),
      training: learningRate === undefined ? common.training : { ...common.training, learningRate },
    };
  });
}

const given = (own: object): object =>
  Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));

/** What the end rules look at of one step: training scores, never held-out ones. */
export interface StepFacts {
  meanScore: number | null;
  /** Share of its rollouts that the timeout cut. */
  cutShare: number;
}

/** How far a stage is. Of its steps only the last are needed, as many as `factsKept` says. */
export interface Progress {
  done: number;
  facts: readonly StepFacts[];
  cost: Pick<Cost, 'usd' | 'sandboxSeconds'>;
  approved: boolean;
}

export const factsKept = ({ flatScore }: EndRules): number => Math.max(1, 2 * (flatScore?.steps ?? 0));

/** Why a stage is at its end; null while it goes on. */
export function endOf({ steps, ends }: Pick<RlSettings, 'steps' | 'ends'>, progress: Progress): StageEnd | null {
  if (progress.approved && progress.done > 0) return 'approved';
  if (progress.done >= steps) return 'steps';
  if (isSpent(ends.budget, progress.cost)) return 'budget';
  if (progress.done < ends.after) return null;
  const last = progress.facts.at(-1);
  if (ends.cutShare !== undefined && last !== undefined && last.cutShare <= ends.cutShare) return 'cut-share';
  return isFlat(ends.flatScore, progress.facts) ? 'flat-score' : null;
}

const HOUR = 3600;

const isSpent = (budget: EndRules['budget'], { usd, sandboxSeconds }: Progress['cost']): boolean =>
  usd >= (budget?.usd ?? Infinity) || sandboxSeconds / HOUR >= (budget?.sandboxHours ?? Infinity);

/** Whether the mean score of the last steps is not enough above that of as many before them. */
function isFlat(rule: EndRules['flatScore'], facts: readonly StepFacts[]): boolean {
  if (!rule || facts.length < 2 * rule.steps) return false;
  const recent = meanOf(facts.slice(-rule.steps));
  const before = meanOf(facts.slice(-2 * rule.steps, -rule.steps));
  return recent !== null && before !== null && recent - before < rule.gain;
}

const meanOf = (facts: readonly StepFacts[]): number | null =>
  mean(facts.flatMap(({ meanScore }) => (meanScore === null ? [] : [meanScore])));
