import { expect, test } from '@jest/globals';
import { messagesServer, modelOf, never } from '../../support/messages-server.ts';

const chat = { type: 'openai-compatible' };
const bash = { name: 'bash', description: 'runs a command', inputSchema: { type: 'object' } };
const acting = {
  content: [
    { type: 'thinking', thinking: 'first I look around' },
    { type: 'text', text: 'Let me look.' },
    { type: 'tool_use', id: 'call_1', name: 'bash', input: { command: 'ls' } },
  ],
};

test('an answer of a chat server is the same blocks, tokens and dollars', async () => {
  const server = await messagesServer({ brain: () => acting });
  const answer = await modelOf(server, chat).ask(
    { system: 'be brief', messages: [{ role: 'user', content: 'hello' }], tools: [bash] },
    never,
  );
  expect(answer).toMatchObject({
    content: [
      { type: 'thinking', thinking: 'first I look around' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'call_1', name: 'bash', input: { command: 'ls' } },
    ],
    stopReason: 'tool_use',
    usage: { thinkingTokens: 5 },
  });
  expect(answer.usage.usd).toBeGreaterThan(0);
});

test('calls and their results go back as a chat has them, and thoughts stay behind', async () => {
  const server = await messagesServer({ brain: () => acting });
  const model = modelOf(server, chat);
  const { content } = await model.ask({ messages: [{ role: 'user', content: 'hello' }], tools: [bash] }, never);
  const result = [
    { type: 'tool_result', tool_use_id: 'call_1', content: 'total 0' },
    { type: 'text', text: 'go on' },
  ];
  await model.ask(
    {
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content },
        { role: 'user', content: result },
      ],
      tools: [bash],
      toolChoice: { type: 'any' },
    },
    never,
  );
  expect(server.served[1]?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: [{ id: 'call_1', function: { arguments: '{"command":"ls"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'total 0' },
      { role: 'user', content: 'go on' },
    ],
    tool_choice: 'required',
    stream: true,
  });
});

test.each<[string, Parameters<typeof modelOf>[1], object]>([
  ['a broken stream', { type: 'broken', afterEvents: 2 }, { kind: 'broken-stream' }],
  ['a 429', { type: 'status', status: 429 }, { kind: 'rate-limited' }],
  ['a 503', { type: 'status', status: 503 }, { kind: 'unavailable' }],
  ['a refused key', { type: 'status', status: 401 }, { kind: 'unauthorised' }],
  [
    'a prompt that is too long',
    { type: 'status', status: 400, message: "This model's maximum context length is 4096 tokens" },
    { kind: 'context-overflow' },
  ],
])('%s has the same name as elsewhere', async (_, fault, named) => {
  const server = await messagesServer({ fault: () => fault as never });
  const asked = modelOf(server, { ...chat, patience: '1s' }).ask(
    { messages: [{ role: 'user', content: 'hello' }] },
    never,
  );
  await expect(asked).rejects.toMatchObject(named);
});

test('an open server is asked without a key', async () => {
  const server = await messagesServer({ keys: [''] });
  const asked = modelOf(server, { ...chat, apiKeyEnv: undefined }).ask(
    { messages: [{ role: 'user', content: 'hello' }] },
    never,
  );
  await expect(asked).resolves.toMatchObject({ stopReason: 'end_turn' });
  expect(server.served[0]?.headers).not.toHaveProperty('authorization');
});

test('a call whose arguments are not JSON is handed out as it was written', async () => {
  const server = await messagesServer({
    brain: () => acting,
    fault: () => ({ type: 'malformed-input', text: '{"command' }),
  });
  const answer = await modelOf(server, chat).ask(
    { messages: [{ role: 'user', content: 'hello' }], tools: [bash] },
    never,
  );
  expect(answer.malformedInputs).toEqual({ call_1: '{"command' });
});

test.each([
  ['refusal', 'refusal'],
  ['max_tokens', 'max_tokens'],
])('an answer that ended by %s says so', async (stopReason, expected) => {
  const server = await messagesServer({
    brain: () => ({ content: [{ type: 'text', text: 'no' }], stopReason }),
  });
  const answer = await modelOf(server, chat).ask({ messages: [{ role: 'user', content: 'hello' }] }, never);
  expect(answer.stopReason).toBe(expected);
});
