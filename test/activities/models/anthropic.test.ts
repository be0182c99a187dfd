import { describe, expect, test } from '@jest/globals';
import type { ModelRequest } from '../../../activities/models/model.ts';
import { messagesServer, modelOf, never } from '../../support/messages-server.ts';
import { sign } from '../../servers/messages/signatures.ts';
import type { Fault, Reply, Served } from '../../servers/messages/types.ts';

const hello: ModelRequest = { messages: [{ role: 'user', content: 'hello' }] };
const long = 'a long page '.repeat(500);
const THINKING = { thinking: { type: 'enabled', budgetTokens: 1024 } };
const bash = { name: 'bash', description: 'runs a command', inputSchema: { type: 'object' } };

const acting: Reply = {
  content: [
    { type: 'thinking', thinking: 'first I look around' },
    { type: 'text', text: 'Let me look.' },
    { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls -l', timeout: 3 } },
  ],
};

test('an answer is its blocks as they came, with tokens and dollars', async () => {
  const server = await messagesServer({ brain: () => acting });
  const answer = await modelOf(server, THINKING).ask({ ...hello, tools: [bash] }, never);
  expect(answer).toMatchObject({
    content: [
      { type: 'thinking', thinking: 'first I look around', signature: sign('first I look around') },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls -l', timeout: 3 } },
    ],
    stopReason: 'tool_use',
    model: 'claude-test',
    requestId: expect.stringMatching(/^req_/) as unknown,
    malformedInputs: {},
  });
  const { inputTokens, outputTokens, thinkingTokens, usd } = answer.usage;
  expect(thinkingTokens).toBe(5);
  expect(outputTokens).toBeGreaterThan(5);
  expect(usd).toBeCloseTo((inputTokens * 3 + outputTokens * 15) / 1e6, 12);
});

test('what was said goes back unchanged, signatures included; a changed thought is refused', async () => {
  const server = await messagesServer({ brain: () => acting });
  const model = modelOf(server, THINKING);
  const { content } = await model.ask({ ...hello, tools: [bash] }, never);
  const result = [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'total 0' }];
  const messages = [
    ...hello.messages,
    { role: 'assistant' as const, content },
    { role: 'user' as const, content: result },
  ];
  await expect(model.ask({ messages, tools: [bash] }, never)).resolves.toMatchObject({ stopReason: 'tool_use' });
  const changed = content.map((block) =>
    block.type === 'thinking' ? { ...block, thinking: 'something else' } : block,
  );
  await expect(
    model.ask({ messages: messages.with(1, { role: 'assistant', content: changed }), tools: [bash] }, never),
  ).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('Invalid `signature`') as unknown });
});

test('what stands before a mark is written to the cache once and read from it after that', async () => {
  const server = await messagesServer();
  const model = modelOf(server);
  const ask = (question: string) =>
    model.ask(
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: long, cache: true },
              { type: 'text', text: question },
            ],
          },
        ],
      },
      never,
    );
  const [first, second] = [(await ask('one')).usage, (await ask('two')).usage];
  expect(first).toMatchObject({ cacheReadTokens: 0, cacheWriteTokens: expect.any(Number) as unknown });
  expect(second).toMatchObject({ cacheReadTokens: first.cacheWriteTokens, cacheWriteTokens: 0 });
  expect(second.usd).toBeLessThan(first.usd / 5);
});

test('cache: off sends no marks', async () => {
  const server = await messagesServer();
  await modelOf(server, { cache: 'off' }).ask(
    { messages: [{ role: 'user', content: [{ type: 'text', text: long, cache: true }] }] },
    never,
  );
  expect(JSON.stringify(server.served[0]?.body)).not.toContain('cache');
});

const passing: [string, Fault, string][] = [
  ['a 429', { type: 'status', status: 429 }, 'rate-limited'],
  ['a 529', { type: 'status', status: 529 }, 'overloaded'],
  ['a 500', { type: 'status', status: 500 }, 'unavailable'],
  ['a connection that breaks in mid-answer', { type: 'broken', afterEvents: 3 }, 'broken-stream'],
  ['overload in mid-answer', { type: 'error-event', error: 'overloaded_error', afterEvents: 3 }, 'overloaded'],
  ['an error in mid-answer', { type: 'error-event', error: 'api_error', afterEvents: 3 }, 'unavailable'],
];

describe.each(passing)('%s', (_, fault, kind) => {
  test('is waited out, and the wait is told apart from the thinking', async () => {
    const server = await messagesServer({ fault: (_, count) => (count === 1 ? fault : undefined) });
    const answer = await modelOf(server).ask(hello, never);
    expect(answer.content).toEqual([expect.objectContaining({ type: 'text', text: 'yes' })]);
    expect(answer.waitedSeconds).toBeGreaterThan(0.2);
    expect(server.served).toHaveLength(2);
  });

  test(`that does not pass within the recipe's patience is ${kind}`, async () => {
    const server = await messagesServer({ fault: () => fault });
    await expect(modelOf(server, { patience: '1s' }).ask(hello, never)).rejects.toMatchObject({ kind });
  });
});

test('what an answer took that broke off is paid for with the one that came whole, or told with the failure', async () => {
  const read = (server: { served: readonly Served[] }): number =>
    server.served.reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0), 0);
  const broken: Fault = { type: 'broken', afterEvents: 3 };
  const once = await messagesServer({ fault: (_, count) => (count === 1 ? broken : undefined) });
  const { usage } = await modelOf(once).ask(hello, never);
  expect(once.served).toHaveLength(2);
  expect(usage.inputTokens).toBe(read(once));
  expect(usage.usd).toBeCloseTo((usage.inputTokens * 3 + usage.outputTokens * 15) / 1e6, 12);
  const ever = await messagesServer({ fault: () => broken });
  const failure = await modelOf(ever, { patience: '1s' })
    .ask(hello, never)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'broken-stream', usage: { inputTokens: read(ever) } });
});

test.each([
  { what: 'a refused key', status: 401, kind: 'unauthorised', words: /refuses the key in TEST_KEY/ },
  { what: 'a key without the right', status: 403, kind: 'unauthorised', words: /refuses the key in TEST_KEY/ },
  { what: 'no money', status: 400, message: 'Your credit balance is too low', kind: 'out-of-funds', words: /funds/ },
  { what: 'a bad request', status: 400, message: 'no such field', kind: 'bad-request', words: /no such field/ },
])('$what is not asked again', async ({ kind, words, status, message = 'no' }) => {
  const server = await messagesServer({ fault: () => ({ type: 'status', status, message }) });
  const asked = modelOf(server).ask(hello, never);
  await expect(asked).rejects.toMatchObject({ kind, message: expect.stringMatching(words) as unknown });
  expect(server.served).toHaveLength(1);
});

test('a key that is missing is named by its variable, and nobody is asked', async () => {
  const server = await messagesServer();
  await expect(modelOf(server, {}, '').ask(hello, never)).rejects.toMatchObject({
    kind: 'unauthorised',
    message: expect.stringContaining('no TEST_KEY') as unknown,
  });
  expect(server.served).toEqual([]);
});

test('a model that the provider does not know, and a prompt that is too long, are told apart from bad requests', async () => {
  const server = await messagesServer({ models: ['claude-test'], contextTokens: 10_000 });
  await expect(modelOf(server, { model: 'other' }).ask(hello, never)).rejects.toMatchObject({ kind: 'unknown-model' });
  const huge = { messages: [{ role: 'user' as const, content: 'x'.repeat(50_000) }] };
  await expect(modelOf(server).ask(huge, never)).rejects.toMatchObject({ kind: 'context-overflow' });
});

test('Retry-After is heeded, in seconds and in milliseconds', async () => {
  const headers = { 'retry-after': '30', 'retry-after-ms': '300' };
  const server = await messagesServer({
    fault: (_, count) => (count === 1 ? { type: 'status', status: 429, headers } : undefined),
  });
  const { waitedSeconds } = await modelOf(server).ask(hello, never);
  expect(waitedSeconds).toBeGreaterThanOrEqual(0.3);
  expect(waitedSeconds).toBeLessThan(1);
});

test('a call that hangs is given up after its time-out and made again', async () => {
  const server = await messagesServer({ fault: (_, count) => (count === 1 ? { type: 'hang' } : undefined) });
  const answer = await modelOf(server, { timeout: '1s' }).ask(hello, never);
  expect(answer.waitedSeconds).toBeGreaterThanOrEqual(1);
});

test('a slow trickle is an answer like any other', async () => {
  const server = await messagesServer({ fault: () => ({ type: 'trickle', ms: 30 }) });
  await expect(modelOf(server).ask(hello, never)).resolves.toMatchObject({ stopReason: 'end_turn' });
});

test('a server that is not there is unavailable', async () => {
  const server = await messagesServer();
  server.close();
  await expect(modelOf(server, { patience: '1s' }).ask(hello, never)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a call whose input is not JSON is handed out as it was written', async () => {
  const server = await messagesServer({
    brain: () => acting,
    fault: () => ({ type: 'malformed-input', text: '{"command": "ls' }),
  });
  const answer = await modelOf(server).ask({ ...hello, tools: [bash] }, never);
  expect(answer.malformedInputs).toEqual({ toolu_1: '{"command": "ls' });
  expect(answer.content.at(-1)).toMatchObject({ type: 'tool_use', input: {} });
});

test.each([{ type: 'hang' } as const, { type: 'status', status: 429 } as const])(
  'an abort ends it at once, with its own reason (%j)',
  async (fault) => {
    const server = await messagesServer({ fault: () => fault });
    const leaving = new AbortController();
    const asked = modelOf(server).ask(hello, leaving.signal);
    setTimeout(() => leaving.abort(new Error('let go')), 100);
    await expect(asked).rejects.toThrow('let go');
  },
);
