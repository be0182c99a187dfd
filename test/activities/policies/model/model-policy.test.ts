import { describe, expect, test } from '@jest/globals';
import { finishedTurns, totalUsage } from '../../../../core/trajectory.ts';
import { messagesServer, PRICE } from '../../../support/messages-server.ts';
import { modelGame, talkative, turnsMade } from '../../../support/model-game.ts';
import { scriptedBrain } from '../../../servers/messages/brains.ts';
import type { Body } from '../../../servers/messages/types.ts';

const THINKING = { thinking: { type: 'enabled', budgetTokens: 1024 } };

/** A conversation without the marks for the cache. */
const bare = ({ messages }: Body): unknown =>
  JSON.parse(JSON.stringify(messages), (key, value: unknown) => (key === 'cache_control' ? undefined : value));

test('a rollout is one conversation: each prompt goes on from the one before, and thoughts come back signed', async () => {
  const server = await messagesServer({ brain: talkative(5) });
  const game = await modelGame(server, { settings: THINKING });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(server.served.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  const prompts = server.served.map(({ body }) => bare(body) as unknown[]);
  for (const [index, prompt] of prompts.entries())
    expect(prompts[index + 1]?.slice(0, prompt.length) ?? prompt).toEqual(prompt);
  expect(prompts.at(-1)?.at(-1)).toMatchObject({
    role: 'user',
    content: [
      { type: 'tool_result', content: 'done' },
      { type: 'tool_result', content: 'done' },
    ],
  });
});

describe.each(['acted', 'observed'] as const)('a rollout killed after any record "%s"', (type) => {
  test('goes on with the same conversation, signatures intact, and asks for no answer twice', async () => {
    const server = await messagesServer({ brain: talkative(4) });
    const game = await modelGame(server, { settings: THINKING });
    for (let kills = 0; kills < 4; kills += 1) {
      const dying = new AbortController();
      const log = {
        append: async (record: (typeof game.records)[number]) => {
          game.records.push(record);
          if (record.type === type && record.turn === kills) dying.abort(new Error('killed'));
          dying.signal.throwIfAborted();
        },
        close: async () => undefined,
      };
      await expect(game.play({ log, signal: dying.signal })).rejects.toThrow('killed');
    }
    expect(await game.play()).toMatchObject({ end: 'submitted' });
    expect(server.served.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const prompts = server.served.map(({ body }) => bare(body) as unknown[]);
    for (const [index, prompt] of prompts.slice(0, -1).entries())
      expect(prompts[index + 1]?.slice(0, prompt.length)).toEqual(prompt);
  });
});

test('the log has tokens, thoughts and dollars of every turn, and which prompts and settings made it', async () => {
  const server = await messagesServer({ brain: talkative(3), minCacheTokens: 10 });
  const game = await modelGame(server, { settings: THINKING });
  await game.play();
  const turns = finishedTurns(game.records);
  for (const { acted } of turns) {
    expect(acted.usage.thinkingTokens).toBeGreaterThan(0);
    expect(acted.policyVersion).toMatch(/^claude-test\/[0-9a-f]{12}$/);
    expect(acted.stop).toBe('tool_use');
  }
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, usd } = totalUsage(turns);
  const dollars =
    inputTokens * PRICE.input +
    outputTokens * PRICE.output +
    cacheReadTokens * PRICE.cacheRead +
    cacheWriteTokens * PRICE.cacheWrite;
  expect(usd).toBeCloseTo(dollars / 1e6, 10);
  const other = await modelGame(server, { settings: { ...THINKING, effort: 'low' } });
  await other.play();
  expect(finishedTurns(other.records)[0]?.acted.policyVersion).not.toBe(turns[0]?.acted.policyVersion);
});

test('over many turns each token is paid for about once: the rest is read from the cache', async () => {
  const billed = async (cache: string): Promise<number> => {
    const server = await messagesServer({ brain: scriptedBrain({ turns: 60, replyTokens: 100 }) });
    const game = await modelGame(server, { settings: { cache }, output: (command) => command.repeat(3) });
    await game.play();
    const { inputTokens, cacheWriteTokens } = totalUsage(finishedTurns(game.records));
    return inputTokens + cacheWriteTokens;
  };
  expect(await billed('5m')).toBeLessThan(0.1 * (await billed('off')));
});

test('waiting for the provider is not charged to the agent', async () => {
  const headers = { 'retry-after-ms': '700' };
  const server = await messagesServer({
    brain: talkative(1),
    fault: (_, count) => (count === 1 ? { type: 'status', status: 429, headers } : undefined),
  });
  const began = performance.now();
  const { active } = await (await modelGame(server)).play();
  const took = (performance.now() - began) / 1000;
  expect(took).toBeGreaterThan(0.7);
  expect(active).toBeLessThan(took - 0.65);
});

test.each([
  {
    what: 'a provider that stays busy fails for another attempt',
    fault: { status: 429 },
    failure: { type: 'RateLimited', nonRetryable: false },
  },
  {
    what: 'a provider that stays away fails for another attempt',
    fault: { status: 500 },
    failure: { type: 'ProviderError', nonRetryable: false },
  },
  {
    what: 'a key that is refused needs a person',
    fault: { status: 401 },
    failure: { type: 'ProviderRefused', nonRetryable: true },
  },
  {
    what: 'a key without the right needs a person',
    fault: { status: 403 },
    failure: { type: 'ProviderRefused', nonRetryable: true },
  },
  {
    what: 'a request that is refused is bad input',
    fault: { status: 400 },
    failure: { type: 'InvalidInput', nonRetryable: true },
  },
])('$what, at its turn', async ({ fault, failure }) => {
  let broken = true;
  const server = await messagesServer({
    brain: talkative(2),
    fault: (body) => (broken && turnsMade(body) === 1 ? { type: 'status', ...fault } : undefined),
  });
  const game = await modelGame(server, { settings: { patience: '1s' } });
  await expect(game.play()).rejects.toMatchObject(failure);
  expect(finishedTurns(game.records)).toHaveLength(1);
  broken = false;
  expect(await game.play()).toMatchObject({ end: 'submitted', turns: { length: 3 } });
});
