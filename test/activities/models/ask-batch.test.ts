import { expect, test } from '@jest/globals';
import { askBatch, type BatchRequest } from '../../../activities/models/ask-batch.ts';
import { messagesServer, modelOf, never } from '../../support/messages-server.ts';
import { blocksOf, type Body } from '../../servers/messages/types.ts';

const question = (id: string, words: string): BatchRequest => ({
  id,
  request: { messages: [{ role: 'user', content: words }] },
});
const requests = [question('leaf 1 of run/x', 'one'), question('leaf 2', 'two'), question('leaf 3', ' ')];

const echo = { brain: ({ messages }: Body) => ({ content: blocksOf(messages[0]?.content ?? '') }) };

function keeper(before?: string) {
  const kept = { batch: before };
  return {
    kept,
    read: async () => kept.batch,
    write: async (batch: string) => void (kept.batch = batch),
  };
}

test('each question of a batch gets its answer or its own failure, at the price of batches', async () => {
  const server = await messagesServer({ ...echo, batchPolls: 2 });
  let polls = 0;
  const found = await askBatch(
    modelOf(server),
    { requests, kept: keeper(), pollSeconds: 0.01, onPoll: () => (polls += 1) },
    never,
  );
  expect(polls).toBe(1);
  const [one, two, three] = requests.map(({ id }) => found.get(id));
  expect(one).toMatchObject({ content: [{ type: 'text', text: 'one' }], usage: { inputTokens: 7, outputTokens: 1 } });
  expect(one).toHaveProperty('usage.usd', (7 * 3 + 1 * 15) / 2 / 1e6);
  expect(two).toMatchObject({ content: [{ type: 'text', text: 'two' }] });
  expect(three).toMatchObject({ kind: 'bad-request' });
});

test('an attempt that takes over finds the batch that was paid for', async () => {
  const server = await messagesServer({ ...echo, batchPolls: 1 });
  const shared = keeper();
  const options = { requests, kept: shared, pollSeconds: 0.01 };
  const first = await askBatch(modelOf(server), options, never);
  const batch = shared.kept.batch;
  const second = await askBatch(modelOf(server), options, never);
  expect([...second.keys()]).toEqual([...first.keys()]);
  expect(shared.kept.batch).toBe(batch);
});

test('a provider without batches is asked one by one', async () => {
  const server = await messagesServer(echo);
  const model = modelOf(server, { type: 'openai-compatible' });
  const found = await askBatch(model, { requests, kept: keeper() }, never);
  expect(found.get('leaf 2')).toMatchObject({ content: [{ type: 'text', text: 'two' }] });
  expect(found.get('leaf 3')).toMatchObject({ kind: 'bad-request' });
});

test('a key that is refused concerns them all', async () => {
  const server = await messagesServer({ ...echo, keys: ['another'] });
  const options = { requests, kept: keeper(), pollSeconds: 0.01 };
  await expect(askBatch(modelOf(server), options, never)).rejects.toMatchObject({ kind: 'unauthorised' });
  const chat = modelOf(server, { type: 'openai-compatible' });
  await expect(askBatch(chat, options, never)).rejects.toMatchObject({ kind: 'unauthorised' });
});
