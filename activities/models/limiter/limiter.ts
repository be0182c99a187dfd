import type { ModelLimits } from '../../../core/models.ts';
import type { Usage } from '../../../core/trajectory.ts';
import type { SeenLimits } from '../model.ts';
import { openGate, type Gate } from './gate.ts';

/** Whose limits a request falls under, and since when it has been wanted: the longest wait goes first. */
export interface Wanted {
  /** The same for all models that share a provider's limits. */
  key: string;
  limits: ModelLimits;
  since: number;
}

/** What became of a request; the provider's limits are learnt from it. */
export type Outcome =
  | { type: 'answered'; usage: Pick<Usage, 'inputTokens' | 'cacheWriteTokens' | 'outputTokens'>; limits: SeenLimits }
  | { type: 'refused'; retryAfter: number | undefined; limits: SeenLimits }
  | { type: 'failed' };

/** The right to make one request. Settled once, whatever became of the request. */
export interface Share {
  settle(outcome: Outcome): void;
}

/** Hands out a provider's requests per minute, tokens per minute and requests in flight. */
export interface Limiter {
  acquire(wanted: Wanted, signal: AbortSignal): Promise<Share>;
}

/** The limits of all providers that this process asks, in its memory; see shared.ts for all processes of a home. */
export function createLimiter(): Limiter & { hold(wanted: Wanted): Share } {
  const gates = new Map<string, Gate>();
  const gateOf = ({ key, limits }: Wanted): Gate => {
    const gate = gates.get(key) ?? openGate(limits);
    gates.set(key, gate);
    gate.configure(limits);
    return gate;
  };
  return {
    acquire: (wanted, signal) => gateOf(wanted).enter(wanted.since, signal),
    /** A share that another limiter has given before this one took over. */
    hold: (wanted) => gateOf(wanted).hold(),
  };
}
