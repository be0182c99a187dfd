import { z } from 'zod';
import { keys } from '../../core/names.ts';
import { enginesOf, type OutsideServer } from '../../core/student.ts';
import { createCompletionsClient, type CompletionsClient } from '../policies/completions-client.ts';
import type { Store } from '../store.ts';
import type { Loading } from './admin-client.ts';

/** An engine that somebody else runs. */
export const engineClient = (server: OutsideServer, baseUrl: string): CompletionsClient =>
  createCompletionsClient({ baseUrl, dialect: server.type });

const inUse = z.object({ version: z.string(), engines: z.array(z.string()) });

/** From here on rollouts of this name ask these engines, and no others. */
export const useEngines = (
  store: Store,
  { run, name }: { run: string; name: string },
  now: z.infer<typeof inUse>,
): Promise<unknown> => store.writeJson(keys.engines(run, name), now);

/** The engines that serve a name: those that the last sync left in use; before the first one, all. */
export async function enginesInUse(
  store: Store,
  { run, name }: { run: string; name: string },
  server: OutsideServer,
): Promise<string[]> {
  const given = await store.readJson(keys.engines(run, name));
  return given === undefined ? enginesOf(server) : inUse.parse(given).engines;
}

/** Has an engine take the weights and reads back what it serves; the reason where that is not what it should. */
export async function updateEngine(
  server: OutsideServer,
  { baseUrl, loading: { path, version } }: { baseUrl: string; loading: Loading },
  signals: { stop: AbortSignal; patienceMs: number },
): Promise<string | undefined> {
  const client = engineClient(server, baseUrl);
  const signal = AbortSignal.any([signals.stop, AbortSignal.timeout(signals.patienceMs)]);
  const model = server.type === 'openai' ? server.model : undefined;
  try {
    if ((await client.version(model, signal)) === version) return undefined;
    const said = await client.updateWeights({ path, version, model, signal });
    return said === version ? undefined : `it serves ${said}`;
  } catch (error) {
    signals.stop.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
