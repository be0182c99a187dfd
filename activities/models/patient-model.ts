import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../core/duration.ts';
import { dollars, type ModelSettings } from '../../core/models.ts';
import { addUsage, noUsage, type Usage } from '../../core/trajectory.ts';
import type { Limiter, Outcome } from './limiter/limiter.ts';
import type { Model, ModelAnswer, ModelRequest, Provider, ProviderAnswer } from './model.ts';
import { ModelError, passes } from './model-error.ts';
import { waitTeller, type OnWait } from './waiting.ts';

/** Of the first wait without word from the provider; each next one is twice as long, at most `MOST_SECONDS`. */
const FIRST_SECONDS = 0.5;
const MOST_SECONDS = 30;

export interface PatientOptions {
  name: string;
  settings: ModelSettings;
  provider: Provider;
  limiter: Limiter;
}

/**
 * A provider that is asked under its limits, and again where a failure passes by itself, until the recipe's patience is used up;
 * then the failure is thrown as it came, and Temporal tries again.
 */
export function createPatientModel(options: PatientOptions): Model {
  const { name, settings, provider, limiter } = options;
  const patience = seconds(settings.patience);
  const wanted = { key: limitsKey(settings), limits: settings.limits };

  async function ask(request: ModelRequest, signal: AbortSignal, onWait?: OnWait): Promise<ModelAnswer> {
    const teller = waitTeller(onWait);
    const since = performance.now();
    // What answers took that broke off: they are paid for like the one that counts.
    const lost = noUsage();
    const waited = (): number => (performance.now() - since) / 1000;
    // Waiting for others that ask says nothing of the provider, so it uses up no patience; and who gave up his place for it
    // would begin at the end of the line.
    let inLine = 0;
    for (let pause = FIRST_SECONDS; ; pause = Math.min(pause * 2, MOST_SECONDS)) {
      const before = waited();
      const share = await teller.forRoom(limiter.acquire({ ...wanted, since }, signal));
      const waitedSeconds = waited();
      inLine += waitedSeconds - before;
      teller.over();
      let outcome: Outcome = { type: 'failed' };
      try {
        const answer = await askOnce(provider, settings, { request, signal });
        outcome = { type: 'answered', usage: answer.usage, limits: answer.limits };
        return { ...answer, usage: addUsage(billed(answer.usage, settings), lost), waitedSeconds };
      } catch (error) {
        if (error instanceof ModelError) outcome = outcomeOf(error);
        if (error instanceof ModelError && error.usage) addUsage(lost, billed(error.usage, settings));
        const wait = passes(error) ? (error.retryAfter ?? pause * (0.5 + Math.random())) : Infinity;
        if (waited() - inLine + wait > patience)
          throw error instanceof ModelError && lost.inputTokens > 0 ? error.with(lost) : error;
        share.settle(outcome);
        teller.pauses(outcome.type === 'refused' ? 'rate-limited' : 'provider-away', (error as Error).message, wait);
        await sleep(wait * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
      } finally {
        share.settle(outcome);
      }
    }
  }

  return { name, settings, ask, ...(provider.batches ? { batches: provider.batches } : {}) };
}

/** One call within its time-out; what is slower is given up, however much of it has come. */
async function askOnce(
  provider: Provider,
  { timeout }: ModelSettings,
  { request, signal }: { request: ModelRequest; signal: AbortSignal },
): Promise<ProviderAnswer> {
  const late = AbortSignal.timeout(seconds(timeout) * 1000);
  try {
    return await provider.ask(request, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) throw new ModelError('timeout', `no whole answer within ${timeout}`, { cause: error });
    throw error;
  }
}

/** Models of the same address, key and name share their provider's limits. */
export const limitsKey = ({ type, baseUrl, apiKeyEnv, model }: ModelSettings): string =>
  JSON.stringify([type, baseUrl, apiKeyEnv ?? null, model]);

const billed = (used: ProviderAnswer['usage'], { price }: ModelSettings): Usage => ({
  ...used,
  usd: dollars(used, price),
});

function outcomeOf({ kind, retryAfter, limits }: ModelError): Outcome {
  return kind === 'rate-limited' || kind === 'overloaded'
    ? { type: 'refused', retryAfter, limits }
    : { type: 'failed' };
}
