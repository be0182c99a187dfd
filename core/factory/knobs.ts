import type { FactorySettings } from './factory-settings.ts';

/** What the factory's workflow decides by. */
export interface FactoryKnobs extends Pick<
  FactorySettings,
  'concurrency' | 'callsPerPaper' | 'approveAfter' | 'maxFailedShare' | 'heartbeat'
> {
  /** Dollars after which it waits for an operator; null: never. */
  usd: number | null;
}

/** Of a recipe's settings, what the workflow decides by. */
export const knobsOf = (settings: FactorySettings): FactoryKnobs => {
  const { concurrency, callsPerPaper, approveAfter, budget, maxFailedShare, heartbeat } = settings;
  return { concurrency, callsPerPaper, approveAfter, maxFailedShare, heartbeat, usd: budget.usd ?? null };
};
