import { expect, jest, test } from '@jest/globals';
import { waitTeller, type Waiting } from '../../../activities/models/waiting.ts';
import { eventually } from '../../support/eventually.ts';
import { messagesServer, modelOf, never } from '../../support/messages-server.ts';

const hello = { messages: [{ role: 'user' as const, content: 'hello' }] };
const yes = { content: [{ type: 'text', text: 'yes' }] };

test('who waits for a place under the limits is told so, and when it is over', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const server = await messagesServer({ brain: () => held.then(() => yes) });
  const model = modelOf(server, { limits: { concurrent: 1 }, patience: '1m' });
  const told: (Waiting | null)[] = [];
  const first = model.ask(hello, never);
  const second = model.ask(hello, never, (waiting) => told.push(waiting));
  await eventually(() => told.length === 1);
  expect(told[0]).toMatchObject({ state: 'rate-limited', until: null });
  release();
  await Promise.all([first, second]);
  expect(told).toEqual([told[0], null]);
});

test('waiting for a place, which is for others that ask, uses up no patience with the provider', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const server = await messagesServer({ brain: () => held.then(() => yes) });
  const model = modelOf(server, { limits: { concurrent: 1 }, patience: '1s' });
  const told: (Waiting | null)[] = [];
  const first = model.ask(hello, never);
  const second = model.ask(hello, never, (waiting) => told.push(waiting));
  await eventually(() => told.length === 1); // after a second
  release();
  await first;
  expect((await second).waitedSeconds).toBeGreaterThanOrEqual(1);
});

test('a long wait for a place is told again and again: who asks is not stuck', async () => {
  jest.useFakeTimers();
  const told: (Waiting | null)[] = [];
  const teller = waitTeller((waiting) => told.push(waiting));
  let enter = (): void => undefined;
  const place = teller.forRoom(new Promise<void>((resolve) => (enter = resolve)));
  await jest.advanceTimersByTimeAsync(10 * 60_000);
  expect(told.length).toBeGreaterThanOrEqual(10);
  enter();
  await place;
  teller.over();
  const { length } = told;
  await jest.advanceTimersByTimeAsync(10 * 60_000);
  expect(told).toHaveLength(length);
  jest.useRealTimers();
});

test.each([
  ['rate-limited', 429],
  ['rate-limited', 529],
  ['provider-away', 500],
] as const)('a provider that is %s (%d) is told with the time of the next try', async (state, status) => {
  const headers = { 'retry-after-ms': '100' };
  const server = await messagesServer({
    fault: (_, count) => (count === 1 ? { type: 'status', status, headers } : undefined),
  });
  const told: (Waiting | null)[] = [];
  await modelOf(server).ask(hello, never, (waiting) => told.push(waiting));
  expect(told).toMatchObject([{ state, why: expect.stringContaining(String(status)) as unknown }, null]);
  expect(Date.parse(told[0]?.until ?? '')).not.toBeNaN();
});

test('who does not wait is told nothing', async () => {
  const told: unknown[] = [];
  await modelOf(await messagesServer()).ask(hello, never, (waiting) => told.push(waiting));
  expect(told).toEqual([]);
});
