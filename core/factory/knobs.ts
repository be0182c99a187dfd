import type { FactorySettings } from './factory-settings.ts';
import type { FactoryTuning } from './tuning.ts';

/** What the factory's workflow decides by. */
export interface FactoryKnobs extends Pick<
  FactorySettings,
  'concurrency' | 'callsPerPaper' | 'approveAfter' | 'maxFailedShare' | 'heartbeat'
> {
  /** Dollars after which it waits for an operator; null: never. */
  usd: number | null;
  /** What a paper may cost, where an operator has changed what the recipe says. */
  paperUsd?: number;
}

/** Of a recipe's settings, what the workflow decides by. */
export const knobsOf = (settings: FactorySettings): FactoryKnobs => {
  const { concurrency, callsPerPaper, approveAfter, budget, maxFailedShare, heartbeat } = settings;
  return { concurrency, callsPerPaper, approveAfter, maxFailedShare, heartbeat, usd: budget.usd ?? null };
};

/** The knobs as they are from now on. */
export function tuneFactory(
  knobs: FactoryKnobs,
  { concurrency, callsPerPaper, budget }: Omit<FactoryTuning, 'reason'>,
): FactoryKnobs {
  const { paperUsd, usd } = budget ?? {};
  return {
    ...knobs,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(callsPerPaper === undefined ? {} : { callsPerPaper }),
    ...(paperUsd === undefined ? {} : { paperUsd }),
    ...(usd === undefined ? {} : { usd }),
  };
}
