import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { keys } from '../core/names.ts';
import { withHeartbeat, type Beat } from './agent/heartbeat.ts';
import { workerShutdown } from './failures.ts';
import { readAddress, type ServedAddress } from './serving/address.ts';
import { loadModel, servedVersion, unloadModel, type Loading } from './serving/admin-client.ts';
import { loadingOf, type ServedName } from './serving/loading.ts';
import type { PolicyServer, RunningServer } from './serving/policy-server.ts';
import type { Store } from './store.ts';

export type ServePolicyInput = ServedName;

export interface ServePolicyDependencies {
  store: Store;
  server: PolicyServer;
  /** Aborted when this worker is asked to stop: another worker's server takes over at once. */
  draining: AbortSignal;
  /** Between two looks at the server, in milliseconds. */
  checkEveryMs?: number;
  /** A server that answers nothing this long is ended, in milliseconds. */
  hangingMs?: number;
}

const HEARTBEAT_MS = 30_000;
const HANGING_MS = 30_000;
/** A server that cannot be had this long fails the attempt. */
const STUCK_MS = 180_000;
/** One that answers, but has not loaded a checkpoint by then, is ended: what loads in it is dead. */
const LOADING_MS = 900_000;
const UNLOAD_MS = 10_000;
/** What an update of the weights may take before they are loaded anew. */
const UPDATING_MS = 30_000;

/** The activity that keeps a checkpoint served until it is cancelled, whatever becomes of the server meanwhile. */
export function createPolicyServing(deps: ServePolicyDependencies) {
  /** How many activities of this worker serve a model: only the last one unloads it. */
  const holders = new Map<string, number>();

  async function servePolicy(input: ServePolicyInput): Promise<void> {
    const heartbeatMs = Context.current().info.heartbeatTimeoutMs ?? HEARTBEAT_MS;
    await withHeartbeat({ heartbeatMs, stuckMs: STUCK_MS }, async (beat) => {
      const loading = await loadingOf(deps.store, input);
      const serving: Serving = { input, loading, baseUrl: undefined };
      holders.set(loading.model, (holders.get(loading.model) ?? 0) + 1);
      const signal = AbortSignal.any([beat.signal, deps.draining]);
      try {
        await serve(deps, serving, { ...beat, signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        const left = (holders.get(loading.model) ?? 1) - 1;
        holders.set(loading.model, left);
        if (left === 0) await withdraw(deps.store, serving);
      }
      await leave(beat);
    });
  }

  return { servePolicy };
}

interface Serving {
  input: ServePolicyInput;
  loading: Loading;
  /** Of the server that has the model. */
  baseUrl: string | undefined;
}

/** Serves until the signal is aborted: a server that died or hangs is replaced, and one that serves something else is loaded anew. */
async function serve(deps: ServePolicyDependencies, serving: Serving, beat: Beat): Promise<never> {
  const usual = { everyMs: deps.checkEveryMs ?? 2000, hangingMs: deps.hangingMs ?? HANGING_MS };
  for (let restarts = 0; ; restarts += 1) {
    const running = await deps.server.open(beat.signal);
    const alive = AbortSignal.any([beat.signal, running.died]);
    try {
      serving.loading = await loadingOf(deps.store, serving.input);
      await load(running, serving.loading, { ...usual, beat: { ...beat, signal: alive } });
      serving.baseUrl = running.baseUrl;
      await deps.store.writeJson(keys.serving(serving.input.run, serving.input.checkpoint), addressOf(serving));
      await watch(
        running,
        { ...usual, model: serving.loading.model, isRight: checkOf(deps.store, serving) },
        {
          signal: alive,
          progress: () => beat.progress({ ...addressOf(serving), pid: running.pid, restarts }),
        },
      );
    } catch (error) {
      beat.signal.throwIfAborted();
      if (!running.died.aborted) throw error;
    }
  }
}

/** Has it load, and looks at it meanwhile: one that hangs, even since before it was asked, is ended instead of asked again. */
async function load(
  running: RunningServer,
  loading: Loading,
  { beat, ...usual }: Pick<Watched, 'everyMs' | 'hangingMs'> & { beat: Beat },
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([beat.signal, over.signal]);
  const until = performance.now() + LOADING_MS;
  const watched = { ...usual, model: loading.model, isRight: async () => performance.now() < until };
  const tooLong = async (): Promise<void> => {
    await watch(running, watched, { ...beat, signal });
    await running.kill();
  };
  try {
    await Promise.race([loadModel(running.baseUrl, loading, signal), tooLong()]);
    beat.signal.throwIfAborted(); // by its death where it was ended
  } finally {
    over.abort();
  }
}

const addressOf = ({ baseUrl = '', loading: { model, version } }: Serving): ServedAddress => ({
  baseUrl,
  model,
  version,
});

/**
 * Tells whether a server serves what it should. One whose address was taken away does not; one that serves something else is
 * given some time, for its weights may be being updated.
 */
function checkOf(store: Store, { input, baseUrl }: Serving): (served: string | undefined) => Promise<boolean> {
  let right = performance.now();
  return async (served) => {
    const address = await readAddress(store, input.run, input.checkpoint);
    if (served === undefined || address?.baseUrl !== baseUrl) return false;
    if (served === (await loadingOf(store, input)).version) right = performance.now();
    return performance.now() - right < UPDATING_MS;
  };
}

interface Watched {
  model: string;
  everyMs: number;
  hangingMs: number;
  isRight(served: string | undefined): Promise<boolean>;
}

/** Looks at the server now and then; returns when it does not serve what it should, rejects when it is gone. One that hangs is ended. */
async function watch(
  running: RunningServer,
  { model, everyMs, hangingMs, isRight }: Watched,
  beat: Beat,
): Promise<void> {
  let answered = performance.now();
  for (;;) {
    const patience = AbortSignal.any([beat.signal, AbortSignal.timeout(hangingMs)]);
    try {
      if (!(await isRight(await servedVersion(running.baseUrl, model, patience)))) return;
      answered = performance.now();
      beat.progress(undefined);
    } catch {
      beat.signal.throwIfAborted();
      if (performance.now() - answered >= hangingMs) await running.kill();
    }
    await sleep(everyMs, undefined, { signal: beat.signal });
  }
}

/** Takes the address back where it is still this server's, and has the server forget the model. */
async function withdraw(store: Store, { input, loading, baseUrl }: Serving): Promise<void> {
  if (baseUrl === undefined) return;
  const now = await readAddress(store, input.run, input.checkpoint);
  if (now?.baseUrl === baseUrl) await store.remove(keys.serving(input.run, input.checkpoint));
  // A server that is gone has forgotten it; one that takes longer is left with it.
  await unloadModel(baseUrl, loading.model, AbortSignal.timeout(UNLOAD_MS)).catch(() => undefined);
}

/** Serving never ends by itself: the reason why it was to end is how it ends. */
async function leave(beat: Beat): Promise<never> {
  const context = Context.current();
  if (context.cancellationSignal.aborted) await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
  if (beat.signal.aborted) throw beat.signal.reason;
  throw workerShutdown('the worker is being stopped');
}
