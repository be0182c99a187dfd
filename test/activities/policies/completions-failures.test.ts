import { describe, expect, test } from '@jest/globals';
import { createCompletionsClient } from '../../../activities/policies/completions-client.ts';
import { openRecorded, openSglang, openVllm } from './recorded-servers.ts';

const QUESTION = {
  model: 'policy',
  promptTokenIds: [5, 6, 7, 8],
  maxTokens: 3,
  temperature: 1,
  seed: 4,
  stopTokenIds: [] as number[],
  session: 'micro.rl-100s.0.paper-001.0',
};

describe.each(['vllm', 'sglang'] as const)('what %s may also answer', (dialect) => {
  test.each([
    { answer: 'that the server cut off', event: 2, kind: 'unavailable', message: /abort/ },
    { answer: 'without token ids', event: 3, kind: 'malformed', message: /token_ids|output_ids/ },
    { answer: 'whose tokens and log-probs disagree', event: 4, kind: 'malformed', message: /log-?probs/ },
  ])('an answer $answer is $kind', async ({ event, kind, message }) => {
    const server = await (dialect === 'vllm' ? openVllm() : openSglang());
    const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect });
    const failure = await client.complete({ ...QUESTION, promptTokenIds: [event] }).catch((error: unknown) => error);
    await server.close();
    expect(failure).toMatchObject({ kind });
    expect((failure as Error).message).toMatch(message);
  });

  test.each([
    { status: 503, kind: 'unavailable' },
    { status: 502, retry: '3', kind: 'unavailable', retryAfter: 3 },
    { status: 413, kind: 'bad-request' },
    { status: 200, kind: 'malformed' },
  ])('status $status with a page instead of JSON is $kind', async ({ status, retry, ...failed }) => {
    const headers = retry === undefined ? undefined : { 'retry-after': retry };
    const server = await openRecorded(dialect, () => ({
      status,
      ...(headers && { headers }),
      body: '<html>gateway</html>',
    }));
    const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect });
    const failure = await client.complete(QUESTION).catch((error: unknown) => error);
    await server.close();
    expect(failure).toMatchObject(failed);
  });
});

test('a model that is not there, or not there yet, may come', async () => {
  const server = await openRecorded('vllm', () => 'unknown-model');
  const failure = await createCompletionsClient(server)
    .complete(QUESTION)
    .catch((error: unknown) => error);
  await server.close();
  expect(failure).toMatchObject({ kind: 'unavailable', status: 404, message: '404: The model `gone` does not exist.' });
});

test('the request has token ids, a seed, and asks for ids and the sampled log-probs', async () => {
  const servers = [await openVllm(), await openSglang()] as const;
  for (const [index, dialect] of (['vllm', 'sglang'] as const).entries()) {
    const { baseUrl = '' } = servers[index] ?? {};
    await createCompletionsClient({ baseUrl, dialect }).complete({ ...QUESTION, topP: 0.9, stopTokenIds: [2] });
  }
  const [vllm, sglang] = servers.map(
    ({ seen }) => seen.find(({ body }) => 'prompt' in body || 'input_ids' in body)?.body,
  );
  await Promise.all(servers.map((server) => server.close()));
  const { session, promptTokenIds } = QUESTION;
  const shared = { temperature: 1, top_p: 0.9, stop_token_ids: [2] };
  const asks = {
    prompt: promptTokenIds,
    max_tokens: 3,
    seed: 4,
    logprobs: 0,
    return_token_ids: true,
    session_id: session,
  };
  expect(vllm).toEqual({ ...shared, ...asks, model: 'policy' });
  expect(sglang).toEqual({
    input_ids: promptTokenIds,
    sampling_params: { ...shared, max_new_tokens: 3, sampling_seed: 4 },
    return_logprob: true,
    stream: false,
  });
});

test('vLLM without its development routes is known by the name of its model', async () => {
  const server = await openVllm({ development: false });
  const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect: 'vllm' });
  expect((await client.complete(QUESTION)).policyVersion).toBe('policy');
  expect(await client.version()).toBe('policy');
  const failure = await client.updateWeights({ path: '/new', version: 'v2' }).catch((error: unknown) => error);
  await server.close();
  expect(failure).toMatchObject({ kind: 'unavailable', status: 404 });
});

test('an answer of vLLM during which its weights changed is asked for again', async () => {
  let reads = 0;
  const server = await openRecorded('vllm', ({ route }) =>
    route === '/weight_info' ? { status: 200, body: { weight_version: `v${(reads += 1)}` } } : 'length',
  );
  const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect: 'vllm' });
  const failure = await client.complete(QUESTION).catch((error: unknown) => error);
  await server.close();
  expect(failure).toMatchObject({
    kind: 'unavailable',
    message: 'the weights changed from v1 to v2 during the request',
  });
});

test('weights that SGLang refuses are a bad request', async () => {
  const server = await openSglang();
  const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect: 'sglang' });
  const failure = await client.updateWeights({ path: '/nowhere', version: 'v2' }).catch((error: unknown) => error);
  await server.close();
  expect(failure).toMatchObject({ kind: 'bad-request', message: 'Failed to get weights iterator: nowhere' });
});
