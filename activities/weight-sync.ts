import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Recipe } from '../core/recipe.ts';
import type { Artifact } from '../core/record.ts';
import { enginesOf, type OutsideServer } from '../core/student.ts';
import { keys } from '../core/names.ts';
import { withHeartbeat, type Beat } from './agent/heartbeat.ts';
import { epochOfAttempt } from './attempt.ts';
import { createCompletionsClient } from './policies/completions-client.ts';
import { readAddress } from './serving/address.ts';
import { servedVersion, type Loading } from './serving/admin-client.ts';
import { updateEngine, useEngines } from './serving/engines.ts';
import { demandNewest, loadingOf, setLive } from './serving/loading.ts';
import type { Store } from './store.ts';

export interface SyncWeightsInput {
  run: string;
  /** What rollouts ask for: it stands for one checkpoint after the other. */
  name: string;
  checkpoint: string;
  recipe: Artifact;
}

export interface SyncedWeights {
  /** What every engine in use says that it serves. */
  version: string;
  /** Engines that said something else, or nothing, and were taken out of use until they had loaded it anew. */
  drained: { engine: string; why: string }[];
}

const HEARTBEAT_MS = 20_000;
const STUCK_MS = 300_000;
/** What one engine may take to update. */
const UPDATE_MS = 120_000;
const LOOK_MS = 50;

/**
 * The activity that brings the engines to a checkpoint: it is committed as what the name stands for, then each engine lets what
 * it is answering end, takes the weights, says which it has, and goes on. An engine that disagrees is drained, not fatal: it is
 * out of use until it has been loaded anew.
 */
export function createWeightSync(deps: { store: Store; recipe(artifact: Artifact): Promise<Recipe> }) {
  async function syncWeights(input: SyncWeightsInput): Promise<SyncedWeights> {
    const { student } = await deps.recipe(input.recipe);
    const { run, name, checkpoint } = input;
    await loadingOf(deps.store, { run, checkpoint }); // throws where there is no such checkpoint
    const epoch = epochOfAttempt();
    await setLive(deps.store, { run, checkpoint: name }, { checkpoint, epoch });
    const loading = await loadingOf(deps.store, { run, checkpoint: name });
    const syncing: Syncing = { ...input, loading, epoch };
    const bringAll = (beat: Beat): Promise<SyncedWeights> =>
      student === undefined || student.server.type === 'embedded'
        ? syncEmbedded(deps.store, syncing, beat)
        : syncOutside(deps.store, { ...syncing, server: student.server }, beat);
    try {
      return await withHeartbeat({ heartbeatMs: HEARTBEAT_MS, stuckMs: STUCK_MS }, bringAll);
    } catch (error) {
      const context = Context.current();
      if (context.cancellationSignal.aborted) await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
      throw error;
    }
  }

  return { syncWeights };
}

type Syncing = SyncWeightsInput & { loading: Loading; epoch: number };

/**
 * Asked before whatever engines and rollouts would notice: an attempt that was overtaken, and does not know it yet, must not bring
 * back an older checkpoint.
 */
async function demandOurs(store: Store, { run, name, epoch }: Syncing, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await demandNewest(store, { run, checkpoint: name }, epoch);
}

/** The embedded server is where its address says; without one, whoever serves is loading the checkpoint by itself. */
async function syncEmbedded(store: Store, syncing: Syncing, beat: Beat): Promise<SyncedWeights> {
  const { run, name, loading } = syncing;
  const drained: SyncedWeights['drained'] = [];
  for (;;) {
    beat.signal.throwIfAborted();
    const address = await readAddress(store, run, name);
    if (address) await demandOurs(store, syncing, beat.signal);
    const why = address && (await bring(address.baseUrl, loading, beat.signal));
    if (address) await demandOurs(store, syncing, beat.signal);
    if (address && why === undefined) {
      await store.writeJson(keys.serving(run, name), { ...address, version: loading.version });
      return { version: loading.version, drained };
    }
    if (address && why !== undefined) {
      drained.push({ engine: address.baseUrl, why });
      await store.remove(keys.serving(run, name));
    }
    await sleep(LOOK_MS, undefined, { signal: beat.signal });
  }
}

/** Updates an engine and reads back what it serves; the reason where that is not what it should. */
async function bring(
  baseUrl: string,
  { model, path, version }: Loading,
  stop: AbortSignal,
): Promise<string | undefined> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(UPDATE_MS)]);
  try {
    if ((await servedVersion(baseUrl, model, signal)) === version) return undefined;
    const said = await createCompletionsClient({ baseUrl }).updateWeights({ path, version, model, signal });
    return said === version ? undefined : `it serves ${said}`;
  } catch (error) {
    stop.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Engines that somebody else runs take the weights side by side. Rollouts go on with those that agree; where none does, the
 * sync is tried again.
 */
async function syncOutside(
  store: Store,
  syncing: Syncing & { server: OutsideServer },
  beat: Beat,
): Promise<SyncedWeights> {
  const { run, name, loading, server } = syncing;
  const signals = { stop: beat.signal, patienceMs: UPDATE_MS };
  const tried = await Promise.all(
    enginesOf(server).map(async (baseUrl) => {
      await demandOurs(store, syncing, beat.signal);
      const why = await updateEngine(server, { baseUrl, loading }, signals);
      beat.progress(undefined);
      return { engine: baseUrl, why };
    }),
  );
  const drained = tried.flatMap(({ engine, why }) => (why === undefined ? [] : [{ engine, why }]));
  const engines = tried.flatMap(({ engine, why }) => (why === undefined ? [engine] : []));
  const { version } = loading;
  if (engines.length === 0) {
    throw new Error(`no engine serves ${version}: ${drained.map(({ engine, why }) => `${engine}: ${why}`).join('; ')}`);
  }
  await demandOurs(store, syncing, beat.signal);
  await useEngines(store, { run, name }, { version, engines });
  return { version, drained };
}
