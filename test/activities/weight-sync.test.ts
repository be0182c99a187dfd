import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { enginesInUse } from '../../activities/serving/engines.ts';
import { loadingOf } from '../../activities/serving/loading.ts';
import { createFolderStore } from '../../activities/store.ts';
import { createWeightSync, type SyncedWeights, type SyncWeightsInput } from '../../activities/weight-sync.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import type { OutsideServer } from '../../core/student.ts';
import { eventually } from '../support/eventually.ts';
import { rlRecipe } from '../support/rl-world.ts';
import { temporaryFolder } from '../support/temporary.ts';

const store = createFolderStore(temporaryFolder());
const closes: (() => void)[] = [];
afterAll(() => closes.forEach((close) => close()));

/** An engine that has weights, and takes others; `says` is what it answers when it is asked which. */
async function engine(has: string, says: (has: string) => string = (version) => version) {
  const state = { has, updates: [] as string[] };
  const line = { breaks: false };
  const answer = (response: ServerResponse, body: object): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString();
      if (request.url?.startsWith('/get_model_info')) return answer(response, { weight_version: says(state.has) });
      const { weight_version: version, model_path: path } = JSON.parse(text) as Record<string, string>;
      state.updates.push(path ?? '');
      state.has = version ?? '';
      if (line.breaks) return void response.destroy();
      return answer(response, { success: true, message: '' });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closes.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { state, line, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const recipe = { uri: 'store:recipe', sha256: 'x', bytes: 1 };
const sync = (server?: object, scheduled?: number) => {
  const given = rlRecipe();
  const student = server === undefined ? given['student'] : { ...(given['student'] as object), server };
  const { syncWeights } = createWeightSync({ store, recipe: async () => recipeSchema.parse({ ...given, student }) });
  return (checkpoint: string): Promise<SyncedWeights> =>
    new MockActivityEnvironment(scheduled === undefined ? {} : { currentAttemptScheduledTimestampMs: scheduled }).run<
      [SyncWeightsInput],
      SyncedWeights,
      typeof syncWeights
    >(syncWeights, {
      run: 'run',
      name: 'rl-2h',
      checkpoint,
      recipe,
    });
};

const commit = (checkpoint: string) =>
  store.writeJson(`${keys.checkpoint('run', checkpoint)}/manifest.json`, { checkpoint });
const serve = (baseUrl: string) =>
  store.writeJson(keys.serving('run', 'rl-2h'), { baseUrl, model: 'run/rl-2h', version: 'old' });
const wanted = () => loadingOf(store, { run: 'run', checkpoint: 'rl-2h' });

test('an engine takes the weights, says that it has them, and whoever loads the name next loads the same', async () => {
  await commit('rl-2h-1');
  const { baseUrl, state } = await engine('old');
  await serve(baseUrl);
  const { version, drained } = await sync()('rl-2h-1');
  expect(version).toMatch(/^rl-2h-1-[0-9a-f]{12}$/);
  expect(drained).toEqual([]);
  expect(state).toEqual({ has: version, updates: [store.path(keys.checkpoint('run', 'rl-2h-1'))] });
  expect(await wanted()).toMatchObject({ model: 'run/rl-2h', version });
});

test('one that has them already is not asked to take them again', async () => {
  const { version } = await wanted();
  const { baseUrl, state } = await engine(version);
  await serve(baseUrl);
  expect(await sync()('rl-2h-1')).toEqual({ version, drained: [] });
  expect(state.updates).toEqual([]);
});

test('an engine that disagrees is taken out of use until one is there that agrees, which is not fatal', async () => {
  await commit('rl-2h-2');
  const liar = await engine('old', () => 'old');
  await serve(liar.baseUrl);
  const result = sync()('rl-2h-2');
  await eventually(async () => !(await store.exists(keys.serving('run', 'rl-2h'))));
  const honest = await engine('old');
  await serve(honest.baseUrl);
  expect((await result).drained).toEqual([{ engine: liar.baseUrl, why: 'it serves old' }]);
  expect(honest.state.has).toMatch(/^rl-2h-2-/);
});

test('an engine whose answer was lost is out of use until its keeper has looked, and is not asked to take them again', async () => {
  await commit('rl-2h-half');
  const { baseUrl, state, line } = await engine('old');
  line.breaks = true;
  await serve(baseUrl);
  const result = sync()('rl-2h-half');
  await eventually(async () => !(await store.exists(keys.serving('run', 'rl-2h'))));
  await serve(baseUrl);
  const { version, drained } = await result;
  expect(drained).toEqual([{ engine: baseUrl, why: expect.stringContaining('does not answer') as unknown }]);
  expect(state.has).toBe(version);
  expect(state.updates).toHaveLength(1);
});

test('a checkpoint that is not there is not what the name stands for', async () => {
  const before = await wanted();
  await expect(sync()('rl-2h-9')).rejects.toMatchObject({ type: 'InvalidInput' });
  expect(await wanted()).toEqual(before);
});

const sglang = (url: string | string[]) => ({ type: 'sglang', url, model: 'm' });

test('a checkpoint whose weights are gone is not served, and what is gone is said', async () => {
  const files = { 'model.safetensors': { sha256: '0'.repeat(64), bytes: 1 } };
  await store.writeJson(`${keys.checkpoint('run', 'rl-2h-7')}/manifest.json`, { files });
  await expect(sync()('rl-2h-7')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: 'the checkpoint runs/run/checkpoints/rl-2h-7 cannot be served: it has lost model.safetensors',
  });
});

test('engines of somebody else are updated by their own routes, and one that has the weights is left alone', async () => {
  await commit('rl-2h-3');
  const engines = [await engine('old'), await engine('old')] as const;
  const urls = engines.map(({ baseUrl }) => baseUrl);
  const { version } = await sync(sglang(urls))('rl-2h-3');
  expect(await sync(sglang(urls))('rl-2h-3')).toEqual({ version, drained: [] });
  for (const { state } of engines) {
    expect(state).toEqual({ has: version, updates: [store.path(keys.checkpoint('run', 'rl-2h-3'))] });
  }
});

test('of several, one that disagrees is out of use until the next sync, and rollouts ask the others', async () => {
  await commit('rl-2h-4');
  const honest = await engine('old');
  let lies = true;
  const liar = await engine('old', (has) => (lies ? 'old' : has));
  const server = sglang([liar.baseUrl, honest.baseUrl]);
  const asked = () => enginesInUse(store, { run: 'run', name: 'rl-2h' }, server as OutsideServer);
  const { drained } = await sync(server)('rl-2h-4');
  expect(drained).toEqual([{ engine: liar.baseUrl, why: 'it serves old' }]);
  expect(await asked()).toEqual([honest.baseUrl]);
  lies = false;
  expect((await sync(server)('rl-2h-4')).drained).toEqual([]);
  expect(await asked()).toEqual([liar.baseUrl, honest.baseUrl]);
});

test('where none agrees the sync fails, and is tried again', async () => {
  const liar = await engine('old', () => 'old');
  await expect(sync(sglang(liar.baseUrl))('rl-2h-3')).rejects.toThrow(
    new RegExp(`^no engine serves rl-2h-3-[0-9a-f]{12}: ${liar.baseUrl}: it serves old$`),
  );
});

test('an attempt that was overtaken loads nothing more, and the name stands for what the newer one brought', async () => {
  await commit('rl-2h-5');
  await commit('rl-2h-6');
  await store.remove(keys.serving('run', 'rl-2h')); // the older one waits for an engine
  const [older, newer] = [Date.now() + 1000, Date.now() + 2000];
  const overtaken = sync(undefined, older)('rl-2h-5');
  overtaken.catch(() => undefined);
  await eventually(async () => (await wanted()).version.startsWith('rl-2h-5-'));
  const first = await engine('old');
  const synced = sync(undefined, newer)('rl-2h-6');
  await eventually(async () => (await wanted()).version.startsWith('rl-2h-6-'));
  await serve(first.baseUrl);
  await expect(overtaken).rejects.toMatchObject({ type: 'LeaseLost' });
  const { version } = await synced;
  expect(first.state).toEqual({ has: version, updates: [store.path(keys.checkpoint('run', 'rl-2h-6'))] });

  await expect(sync(undefined, older)('rl-2h-5')).rejects.toMatchObject({ type: 'LeaseLost' });
  await expect(sync(sglang(first.baseUrl), older)('rl-2h-5')).rejects.toMatchObject({ type: 'LeaseLost' });
  expect((await wanted()).version).toBe(version);
  expect(first.state.has).toBe(version);
});
