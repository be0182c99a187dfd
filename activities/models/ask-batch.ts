import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dollars } from '../../core/models.ts';
import type { Model, ModelAnswer, ModelRequest, ProviderAnswer } from './model.ts';
import { ModelError, passes } from './model-error.ts';

export interface BatchRequest {
  /** Names the answer; the same for the same question, however often the work is begun again. */
  id: string;
  request: ModelRequest;
}

export interface BatchOptions {
  requests: readonly BatchRequest[];
  /** Where the batch's own name is kept, so that an attempt that takes over does not pay for another one. */
  kept: { read(): Promise<string | undefined>; write(batch: string): Promise<void> };
  pollSeconds?: number;
  /** Called at each look, for a heartbeat. */
  onPoll?: () => void;
}

/** How many questions go out at a time where the provider has no batches; its limits decide how fast. */
const AT_A_TIME = 64;

/**
 * Asks many questions where latency does not matter: as one batch where the provider has batches, one by one otherwise. Each id
 * gets its answer or its failure; what concerns all of them is thrown.
 */
export async function askBatch(
  model: Model,
  options: BatchOptions,
  signal: AbortSignal,
): Promise<Map<string, ModelAnswer | ModelError>> {
  if (options.requests.length === 0) return new Map();
  return model.batches ? asBatch(model, options, signal) : oneByOne(model, options, signal);
}

async function asBatch(
  model: Model,
  { requests, kept, pollSeconds = 30, onPoll }: BatchOptions,
  signal: AbortSignal,
): Promise<Map<string, ModelAnswer | ModelError>> {
  const batches = model.batches;
  if (!batches) throw new Error(`the model ${model.name} has no batches`);
  const again = <T>(work: () => Promise<T>): Promise<T> => untilItPasses(work, { pollSeconds, onPoll }, signal);
  let batch = await kept.read();
  if (batch === undefined) {
    const items = requests.map(({ id, request }) => ({ id: customId(id), request }));
    batch = await again(() => batches.create(items, signal));
    await kept.write(batch);
  }
  const name = batch;
  while (!(await again(() => batches.hasEnded(name, signal)))) {
    onPoll?.();
    await sleep(pollSeconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  const found = await again(() => batches.results(name, signal));
  return new Map(requests.map(({ id }) => [id, billed(found.get(customId(id)), model)]));
}

/** The API takes letters, digits, hyphens and underscores, 64 at most. */
const customId = (id: string): string => createHash('sha256').update(id).digest('hex');

function billed(found: ProviderAnswer | ModelError | undefined, { settings }: Model): ModelAnswer | ModelError {
  if (found === undefined) return new ModelError('unavailable', 'the batch has no answer to this request');
  if (found instanceof ModelError) return found;
  const usage = { ...found.usage, usd: dollars(found.usage, settings.price, true) };
  return { ...found, usage, waitedSeconds: 0 };
}

/** A batch takes hours: a provider that is away for minutes is waited for, at every look. */
async function untilItPasses<T>(
  work: () => Promise<T>,
  { pollSeconds, onPoll }: { pollSeconds: number; onPoll: (() => void) | undefined },
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error) || tries === MOST_TRIES) throw error;
      onPoll?.();
      const wait = error.retryAfter ?? pollSeconds;
      await sleep(wait * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
const MOST_TRIES = 40;

async function oneByOne(
  model: Model,
  { requests, onPoll }: BatchOptions,
  signal: AbortSignal,
): Promise<Map<string, ModelAnswer | ModelError>> {
  const found = new Map<string, ModelAnswer | ModelError>();
  const rest = [...requests];
  const asking = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      found.set(next.id, await model.ask(next.request, signal, onPoll).catch(ofThisRequest));
      onPoll?.();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, asking));
  return found;
}

/** A failure of one question is its answer; one that the next question would meet as well is thrown. */
function ofThisRequest(error: unknown): ModelError {
  const isItsOwn = error instanceof ModelError && ['context-overflow', 'bad-request', 'malformed'].includes(error.kind);
  if (isItsOwn) return error;
  throw error;
}
