import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { askStructured } from '../../../activities/models/ask-structured.ts';
import { messagesServer, modelOf, never } from '../../support/messages-server.ts';
import { blocksOf, type Body, type Reply, type Served } from '../../servers/messages/types.ts';

const shape = {
  name: 'verdict',
  description: 'whether it holds',
  schema: z.strictObject({ score: z.union([z.literal(0), z.literal(1)]), why: z.string().min(1) }),
};
const good = { score: 1, why: 'it is there' };
const request = { messages: [{ role: 'user' as const, content: 'does it hold?' }] };
const call = (input: object): Reply => ({ content: [{ type: 'tool_use', name: 'verdict', input }] });
const text = (words: string): Reply => ({ content: [{ type: 'text', text: words }] });

const outputOf = ({ served }: { served: readonly Served[] }): number =>
  served.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0);

async function ask(brain: (body: Body, count: number) => Reply, changes: object = {}) {
  const server = await messagesServer({ brain });
  return { server, structured: askStructured(modelOf(server, changes), { request, shape }, never) };
}

test('the model is made to call the tool whose input is the shape', async () => {
  const { server, structured } = await ask(() => call(good));
  expect((await structured).value).toEqual(good);
  expect(server.served[0]?.body).toMatchObject({
    tool_choice: { type: 'tool', name: 'verdict' },
    tools: [{ name: 'verdict', input_schema: { type: 'object', required: ['score', 'why'] } }],
  });
});

test('a model that thinks is asked to call it instead, which the API allows', async () => {
  const { structured } = await ask(() => call(good), { thinking: { type: 'enabled', budgetTokens: 1024 } });
  expect((await structured).value).toEqual(good);
});

test.each([
  ['plain JSON', JSON.stringify(good)],
  ['a fence around it', `Here it is:\n\`\`\`json\n${JSON.stringify(good, null, 2)}\n\`\`\``],
  ['a trailing comma and single quotes', "{'score': 1, 'why': 'it is there',}"],
  ['a missing bracket', '{"score": 1, "why": "it is there"'],
])('an answer in text is read as well: %s', async (_, words) => {
  const { server, structured } = await ask(() => text(words));
  expect((await structured).value).toEqual(good);
  expect(server.served).toHaveLength(1);
});

test('an answer that is not the shape is shown to the model once, and both tries are counted', async () => {
  const { server, structured } = await ask((_, count) => call(count === 1 ? { score: 2, why: '' } : good));
  const { value, answer } = await structured;
  expect(value).toEqual(good);
  const results = blocksOf((server.served[1]?.body.messages ?? []).at(-1)?.content ?? '');
  expect(results[0]).toMatchObject({ type: 'tool_result', is_error: true });
  const output = server.served.map(({ usage }) => usage?.output_tokens ?? 0);
  expect(answer.usage.outputTokens).toBe((output[0] ?? 0) + (output[1] ?? 0));
});

test.each([
  ['not the shape', () => call({ score: 0.5 }), /score/],
  ['no object at all', () => text('I would rather talk.'), /no JSON object/],
  ['a refusal', () => ({ ...text('no'), stopReason: 'refusal' }), /refused/],
])('%s, twice, is malformed and says why', async (_, brain: () => Reply, why) => {
  const { server, structured } = await ask(brain);
  const failure = await structured.catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'malformed', message: expect.stringMatching(why) as unknown });
  expect(failure).toMatchObject({ usage: { outputTokens: outputOf(server) } });
});

test('a failure after an answer that was not the shape still says what that answer took', async () => {
  const server = await messagesServer({
    brain: () => call({ score: 0.5 }),
    fault: (_, count) => (count === 2 ? { type: 'status', status: 401 } : undefined),
  });
  const failure = await askStructured(modelOf(server), { request, shape }, never).catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'unauthorised', status: 401, usage: { outputTokens: outputOf(server) } });
});
