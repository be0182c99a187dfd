import { expect, test } from '@jest/globals';
import { messagesServer } from '../../support/messages-server.ts';
import { micropaperBrain } from './brains.ts';
import { sign } from './signatures.ts';

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const tools = [{ name: 'bash', input_schema: { type: 'object' } }];
const call = { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls' } };
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'total 0' };
const thought = { type: 'thinking', thinking: 'so', signature: sign('so') };
const thinking = { type: 'enabled', budget_tokens: 1024 };
const mark = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };

async function post(body: object, headers: object = {}, path = '/v1/messages') {
  const server = await messagesServer({
    keys: ['sk-test'],
    forbidden: ['sk-forbidden'],
    models: ['claude-test'],
    contextTokens: 20_000,
  });
  const response = await fetch(`${server.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': 'sk-test', 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify({ model: 'claude-test', max_tokens: 2048, messages: [user('hello')], ...body }),
  });
  return { status: response.status, answer: (await response.json()) as { error?: { type: string; message: string } } };
}

test('what is in order is answered', async () => {
  expect(await post({})).toMatchObject({
    status: 200,
    answer: { content: [{ type: 'text', text: 'yes' }], stop_reason: 'end_turn' },
  });
  const loop = [user('hello'), assistant([thought, call]), user([result])];
  expect(await post({ tools, thinking, messages: loop })).toMatchObject({ status: 200 });
});

test.each([
  { what: 'no max_tokens', body: { max_tokens: undefined }, words: 'max_tokens: Field required' },
  { what: 'a field that nobody knows', body: { maxTokens: 3 }, words: 'Extra inputs are not permitted' },
  { what: 'no message', body: { messages: [] }, words: 'at least one message' },
  {
    what: 'an assistant first',
    body: { messages: [assistant('hi')] },
    words: 'first message must use the "user" role',
  },
  { what: 'roles that do not alternate', body: { messages: [user('a'), user('b')] }, words: 'roles must alternate' },
  { what: 'an empty text', body: { messages: [user([{ type: 'text', text: ' ' }])] }, words: 'non-whitespace' },
  { what: 'an empty message', body: { messages: [user('a'), assistant([]), user('b')] }, words: 'non-empty content' },
  {
    what: 'a call without its result',
    body: { tools, messages: [user('a'), assistant([call]), user('b')] },
    words: 'without `tool_result`',
  },
  {
    what: 'a result without its call',
    body: { tools, messages: [user('a'), assistant('b'), user([result])] },
    words: 'unexpected `tool_use_id`',
  },
  {
    what: 'a result twice',
    body: { tools, messages: [user('a'), assistant([call]), user([result, result])] },
    words: 'single result',
  },
  {
    what: 'a result after other content',
    body: { tools, messages: [user('a'), assistant([call]), user([{ type: 'text', text: 'b' }, result])] },
    words: 'must come before',
  },
  {
    what: 'a changed thought',
    body: { tools, thinking, messages: [user('a'), assistant([{ ...thought, thinking: 'no' }, call]), user([result])] },
    words: 'Invalid `signature`',
  },
  {
    what: 'a thought that was left out',
    body: { tools, thinking, messages: [user('a'), assistant([call]), user([result])] },
    words: 'Expected `thinking`',
  },
  { what: 'thinking with a temperature', body: { thinking, temperature: 0.5 }, words: 'only be set to 1' },
  {
    what: 'thinking with a forced tool',
    body: { thinking, tools, tool_choice: { type: 'any' } },
    words: 'forces tool use',
  },
  {
    what: 'too little to think with',
    body: { thinking: { type: 'enabled', budget_tokens: 10 } },
    words: 'greater than or equal to 1024',
  },
  {
    what: 'no room to answer',
    body: { thinking: { type: 'enabled', budget_tokens: 4096 } },
    words: 'must be greater than',
  },
  { what: 'five breakpoints', body: { messages: [user([mark, mark, mark, mark, mark])] }, words: 'maximum of 4' },
  { what: 'a prompt that is too long', body: { messages: [user('x'.repeat(100_000))] }, words: 'prompt is too long' },
  { what: 'two tools of one name', body: { tools: [...tools, ...tools] }, words: 'unique' },
])('$what is refused', async ({ body, words }) => {
  const { status, answer } = await post(body);
  expect([status, answer.error]).toEqual([
    400,
    { type: 'invalid_request_error', message: expect.stringContaining(words) as unknown },
  ]);
});

test.each([
  { what: 'a key that nobody knows', headers: { 'x-api-key': 'no' }, status: 401, type: 'authentication_error' },
  { what: 'a key without the right', headers: { 'x-api-key': 'sk-forbidden' }, status: 403, type: 'permission_error' },
])('$what is refused', async ({ headers, status, type }) => {
  expect(await post({}, headers)).toMatchObject({ status, answer: { error: { type } } });
});

test('a model that nobody knows is not found', async () => {
  expect(await post({ model: 'other' })).toMatchObject({ status: 404, answer: { error: { type: 'not_found_error' } } });
});

test('the micropaper brain reads the paper first and submits in the end, in plain text and by tools', async () => {
  const brain = micropaperBrain();
  const body = { model: 'm', max_tokens: 1, messages: [{ role: 'user' as const, content: 'reproduce' }] };
  expect(brain(body, 1)).toEqual({ content: [{ type: 'text', text: 'cat paper.md' }] });
  const asked = [
    ...body.messages,
    { role: 'assistant' as const, content: 'cat paper.md' },
    { role: 'user' as const, content: 'nothing' },
  ];
  const reply = brain({ ...body, messages: asked, tools, thinking }, 2);
  expect(reply).toEqual({
    content: [
      { type: 'thinking', thinking: 'next: submit' },
      { type: 'tool_use', name: 'submit', input: {} },
    ],
  });
});
