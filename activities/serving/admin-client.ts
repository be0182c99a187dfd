import { z } from 'zod';
import { invalidInput } from '../failures.ts';

const loaded = z.object({ weight_version: z.string() });
const refusal = z.object({ error: z.object({ message: z.string() }) });

/** What a server is asked to serve: a checkpoint's folder under a name. */
export interface Loading {
  model: string;
  path: string;
  version: string;
}

/**
 * Has the server serve a checkpoint, and reads back which weights it serves. A name that stands for other weights is unloaded
 * first. Throws InvalidInput where the server refuses the checkpoint.
 */
export async function loadModel(baseUrl: string, loading: Loading, signal: AbortSignal): Promise<void> {
  const body = { name: loading.model, path: loading.path, weight_version: loading.version };
  const load = () => post(`${baseUrl}/v1/load_model`, body, signal);
  let answer = await load();
  if (answer.status === 400) {
    const served = await servedVersion(baseUrl, loading.model, signal);
    if (served === loading.version) return; // somebody else has had it loaded at the same time
    if (served !== undefined) {
      await unloadModel(baseUrl, loading.model, signal);
      answer = await load();
    }
  }
  const text = await answer.text();
  if (answer.status === 400) {
    throw invalidInput(`${loading.version} is not served: ${refusal.parse(JSON.parse(text)).error.message}`);
  }
  if (!answer.ok) throw failed(answer.status, text);
  const { weight_version: version } = loaded.parse(JSON.parse(text));
  if (version !== loading.version) throw new Error(`the policy server serves ${version}, not ${loading.version}`);
}

const failed = (status: number, text: string): Error => new Error(`the policy server answered ${status}: ${text}`);

/** Lets the model's running requests end, then forgets it. */
export async function unloadModel(baseUrl: string, model: string, signal: AbortSignal): Promise<void> {
  const answer = await post(`${baseUrl}/v1/unload_model`, { name: model }, signal);
  if (!answer.ok) throw failed(answer.status, await answer.text());
}

/** The version that is served under a name; undefined where there is none. Rejects where the server does not answer. */
export async function servedVersion(baseUrl: string, model: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(`${baseUrl}/get_model_info?model=${encodeURIComponent(model)}`, { signal });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw failed(answer.status, text);
  return loaded.parse(JSON.parse(text)).weight_version;
}

const post = (url: string, body: object, signal: AbortSignal): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
