import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { askStructured } from '../../activities/models/ask-structured.ts';
import { createModels } from '../../activities/models/create-models.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import type { Message, Model } from '../../activities/models/model.ts';
import { modelSettings } from '../../core/models.ts';
import { thinks } from '../servers/messages/validate.ts';
import { blocksOf, type Body, type Reply } from '../servers/messages/types.ts';
import { messagesServer, never } from '../support/messages-server.ts';

interface Target {
  name: string;
  baseUrl(): Promise<string>;
  key: string;
}

/** As a model does: it uses a tool once, and otherwise says yes. */
function obliging(body: Body): Reply {
  const thought = thinks(body) ? [{ type: 'thinking', thinking: 'I was asked, so I answer.' }] : [];
  const [tool] = body.tools ?? [];
  const wasAnswered = blocksOf(body.messages.at(-1)?.content ?? '').some(({ type }) => type === 'tool_result');
  if (!tool || wasAnswered) return { content: [...thought, { type: 'text', text: 'yes' }] };
  return { content: [...thought, { type: 'tool_use', name: tool.name, input: { city: 'Paris' } }] };
}

/** The same promises of the local server and, where there is a key, of the real one: what is proved here is true there. */
const TARGETS: Target[] = [
  {
    name: 'the local server',
    key: 'sk-test',
    baseUrl: async () => (await messagesServer({ brain: obliging })).baseUrl,
  },
  ...(process.env.ANTHROPIC_API_KEY
    ? [
        {
          name: 'the Messages API',
          key: process.env.ANTHROPIC_API_KEY,
          baseUrl: async () => 'https://api.anthropic.com',
        },
      ]
    : []),
];

const weather = {
  name: 'weather',
  description: 'The weather of a city. Use it whenever the weather is asked for.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const question: Message = { role: 'user', content: 'What is the weather in Paris? Use the tool.' };
const THINKING = { maxTokens: 4096, thinking: { type: 'enabled', budgetTokens: 1024 } };

/** A model behind a target, with a key of its own where one is given. */
async function modelAt({ baseUrl, key }: Target, changes: object = {}, secret = key): Promise<Model> {
  const given = { type: 'anthropic', model: 'claude-sonnet-4-6', baseUrl: await baseUrl(), maxTokens: 512, ...changes };
  const models = { claude: modelSettings.parse(given) };
  return createModels({ limiter: createLimiter(), secret: () => secret })({ models }, 'claude');
}

test.each(TARGETS)('$name answers, and says what that took', async (target) => {
  const answer = await (await modelAt(target)).ask({ messages: [{ role: 'user', content: 'Say yes.' }] }, never);
  expect(answer).toMatchObject({
    stopReason: 'end_turn',
    content: [{ type: 'text' }],
    requestId: expect.stringMatching(/^req_/) as unknown,
  });
  expect(answer.usage.inputTokens).toBeGreaterThan(0);
  expect(answer.usage.outputTokens).toBeGreaterThan(0);
});

test.each(TARGETS)(
  '$name takes thoughts back with their signatures, and refuses one that was changed',
  async (target) => {
    const claude = await modelAt(target, THINKING);
    const first = await claude.ask({ messages: [question], tools: [weather] }, never);
    const use = first.content.find(({ type }) => type === 'tool_use');
    expect(first.content[0]).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/.+/) as unknown });
    expect(use).toMatchObject({ name: 'weather', input: { city: expect.any(String) as unknown } });
    const result: Message = {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: use?.id, content: 'sunny, 21 °C' }],
    };
    const messages: Message[] = [question, { role: 'assistant', content: first.content }, result];
    await expect(claude.ask({ messages, tools: [weather] }, never)).resolves.toMatchObject({ stopReason: 'end_turn' });
    const changed = first.content.map((block) =>
      block.type === 'thinking' ? { ...block, signature: 'bm90IGl0' } : block,
    );
    const spoiled = messages.with(1, { role: 'assistant', content: changed });
    await expect(claude.ask({ messages: spoiled, tools: [weather] }, never)).rejects.toMatchObject({
      kind: 'bad-request',
    });
  },
);

test.each(TARGETS)('$name writes what stands before a mark to its cache, and reads it from there', async (target) => {
  const claude = await modelAt(target);
  const page = `${Date.now()} ${'A long page of words that stays the same. '.repeat(400)}`;
  const ask = (words: string) =>
    claude.ask(
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: page, cache: true },
              { type: 'text', text: words },
            ],
          },
        ],
      },
      never,
    );
  const written = (await ask('Say yes.')).usage.cacheWriteTokens;
  expect(written).toBeGreaterThan(1024);
  expect((await ask('Say no.')).usage).toMatchObject({ cacheReadTokens: written, cacheWriteTokens: 0 });
});

test.each(TARGETS)('$name fills in a shape', async (target) => {
  const shape = { name: 'place', description: 'Where it is.', schema: z.strictObject({ city: z.string() }) };
  const request = { messages: [{ role: 'user' as const, content: 'The Eiffel Tower: where is it?' }] };
  expect((await askStructured(await modelAt(target), { request, shape }, never)).value).toEqual({
    city: expect.stringContaining('Paris') as unknown,
  });
});

test.each(TARGETS)('$name refuses a key that it does not know, and a result without its call', async (target) => {
  await expect((await modelAt(target, {}, 'sk-ant-wrong')).ask({ messages: [question] }, never)).rejects.toMatchObject({
    kind: 'unauthorised',
  });
  const orphan: Message = {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'toolu_01A09q90qw90lq917835lq9', content: 'x' }],
  };
  const messages: Message[] = [question, { role: 'assistant', content: 'Well.' }, orphan];
  await expect((await modelAt(target)).ask({ messages, tools: [weather] }, never)).rejects.toMatchObject({
    kind: 'bad-request',
  });
});
