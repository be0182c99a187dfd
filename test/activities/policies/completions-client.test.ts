import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCompletionsClient, type CompletionsClient } from '../../../activities/policies/completions-client.ts';
import { findPython, makeModels, openEmbedded } from './embedded-server.ts';
import { openSglang, openVllm } from './recorded-servers.ts';

const QUESTION = {
  model: 'policy',
  promptTokenIds: [5, 6, 7, 8],
  maxTokens: 3,
  temperature: 1,
  seed: 4,
  stopTokenIds: [] as number[],
  session: 'micro.rl-100s.0.paper-001.0',
};

interface Setting {
  client: CompletionsClient;
  /** One whose queue is full. */
  full: CompletionsClient;
  /** A question that is not answered before the client leaves. */
  slow: typeof QUESTION;
  newWeights: string;
  close(): Promise<void>;
}

const python = findPython();
const settings: [name: string, open: () => Promise<Setting>][] = [
  ['vllm', () => recorded('vllm')],
  ['sglang', () => recorded('sglang')],
];
// Recorded answers always keep the contract; the server itself does where the trainer's Python is set up.
if (python !== undefined) settings.push(['the embedded server', () => embedded(python)]);

describe.each(settings)('%s keeps the contract', (_, open) => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await open();
  }, 120_000);
  afterAll(() => setting.close());

  test('an answer has one log-prob for each token, and says how it ended and what made it', async () => {
    const answer = await setting.client.complete(QUESTION);
    expect(answer.tokenIds).toHaveLength(3);
    expect(answer.logProbs).toHaveLength(3);
    expect(answer.logProbs.every((value) => value < 0)).toBe(true);
    expect(answer).toMatchObject({ finishReason: 'length', policyVersion: 'step-1' });
    expect(answer.usage).toMatchObject({ promptTokens: 4, completionTokens: 3 });
  });

  test('a stop token ends an answer and is its last token', async () => {
    const [first = 0, second = 0] = (await setting.client.complete(QUESTION)).tokenIds;
    const answer = await setting.client.complete({ ...QUESTION, stopTokenIds: [second] });
    expect(answer).toMatchObject({ tokenIds: [first, second], finishReason: 'stop' });
  });

  test('a prompt that the model does not have is a bad request', async () => {
    const asked = setting.client.complete({ ...QUESTION, promptTokenIds: [5, 999_999] });
    await expect(asked).rejects.toMatchObject({ name: 'CompletionsError', kind: 'bad-request', status: 400 });
  });

  test('a full queue says when to come back', async () => {
    const asked = setting.full.complete({ ...QUESTION, promptTokenIds: [9, 9] });
    const expected: unknown = expect.any(Number);
    await expect(asked).rejects.toMatchObject({ kind: 'rate-limited', status: 429, retryAfter: expected });
  });

  test('an abort rejects with its own reason', async () => {
    const controller = new AbortController();
    const asked = setting.client.complete({ ...setting.slow, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('the rollout was cancelled')));
    await expect(asked).rejects.toThrow('the rollout was cancelled');
  });

  test('new weights are read back, and the next answer is theirs', async () => {
    const { client, newWeights } = setting;
    expect(await client.version('policy')).toBe('step-1');
    expect(await client.updateWeights({ path: newWeights, version: 'v2', model: 'policy' })).toBe('v2');
    expect(await client.version('policy')).toBe('v2');
    expect((await client.complete(QUESTION)).policyVersion).toBe('v2');
  });

  test('health is whether it answers', async () => {
    expect(await setting.client.health()).toBe(true);
    await setting.close();
    expect(await setting.client.health()).toBe(false);
    await expect(setting.client.complete(QUESTION)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

async function recorded(dialect: 'vllm' | 'sglang'): Promise<Setting> {
  const server = await (dialect === 'vllm' ? openVllm() : openSglang());
  const client = createCompletionsClient({ baseUrl: server.baseUrl, dialect });
  return { client, full: client, slow: { ...QUESTION, promptTokenIds: [1] }, newWeights: '/new', close: server.close };
}

async function embedded(python: string): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-policies-'));
  await makeModels(python, folder);
  const model = ['--model', `policy=${join(folder, 'step-1')}`];
  const [server, full] = await Promise.all([
    openEmbedded(python, ...model),
    openEmbedded(python, ...model, '--max-queue', '0'),
  ]);
  return {
    client: createCompletionsClient({ baseUrl: server.baseUrl }),
    full: createCompletionsClient({ baseUrl: full.baseUrl }),
    slow: { ...QUESTION, maxTokens: 120 },
    newWeights: join(folder, 'step-2'),
    async close() {
      await Promise.all([server.close(), full.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
