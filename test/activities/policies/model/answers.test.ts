import { expect, test } from '@jest/globals';
import { finishedTurns } from '../../../../core/trajectory.ts';
import { messagesServer } from '../../../support/messages-server.ts';
import { bash, modelGame, submit, talkative, thought, turnsMade } from '../../../support/model-game.ts';
import type { Body, Fault, Reply } from '../../../servers/messages/types.ts';

const THINKING = { thinking: { type: 'enabled', budgetTokens: 1024 } };

test('a refusal is asked for once more, and is in no later prompt', async () => {
  const brain = (body: Body, count: number): Reply =>
    count === 1 ? { content: [{ type: 'text', text: 'I cannot.' }], stopReason: 'refusal' } : talkative(1)(body);
  const server = await messagesServer({ brain });
  const game = await modelGame(server);
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(JSON.stringify(server.served.at(-1)?.body)).not.toContain('I cannot');
  const [first] = finishedTurns(game.records);
  expect(first?.acted.usage.outputTokens).toBeGreaterThan(server.served[1]?.usage?.output_tokens ?? 0);
});

test('a model that refuses again ends the rollout as it stands', async () => {
  const server = await messagesServer({
    brain: () => ({ content: [{ type: 'text', text: 'no' }], stopReason: 'refusal' }),
  });
  const game = await modelGame(server);
  expect(await game.play()).toMatchObject({ end: 'stalled', turns: [] });
  // Refusals are paid for, too.
  const outputTokens = server.served.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0);
  expect(server.served).toHaveLength(2);
  expect(game.records.at(-1)).toMatchObject({ type: 'ended', lost: { outputTokens } });
  expect(await game.play()).toMatchObject({ end: 'stalled', lost: { outputTokens } });
});

test('a pause is gone on from within the turn', async () => {
  const brain = (body: Body, count: number): Reply =>
    count === 1 ? { content: [{ type: 'text', text: 'wait' }], stopReason: 'pause_turn' } : { content: [submit] };
  const server = await messagesServer({ brain });
  const game = await modelGame(server);
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(finishedTurns(game.records)[0]?.acted.blocks).toMatchObject([
    { type: 'text', text: 'wait' },
    { type: 'tool_use' },
  ]);
});

test('an answer that is cut before its first call is a turn in which the agent is told so', async () => {
  const brain = (body: Body): Reply => ({
    content: turnsMade(body) === 0 ? [{ ...thought, thinking: 'x'.repeat(99_999) }] : [submit],
  });
  const server = await messagesServer({ brain });
  const game = await modelGame(server, { settings: THINKING });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(server.served[1]?.body.messages.at(-1)?.content).toMatchObject([
    { type: 'text', text: expect.stringContaining('cut off') as unknown },
  ]);
});

test('an empty answer is told to go on, and too many of them end the rollout as it stands', async () => {
  const server = await messagesServer({ brain: () => ({ content: [] }) });
  const game = await modelGame(server);
  expect(await game.play()).toMatchObject({ end: 'stalled', turns: { length: 5 } });
  expect(server.served.every(({ status }) => status === 200)).toBe(true);
  expect(JSON.stringify(server.served[1]?.body.messages)).toContain('nothing was called');
});

test('a call that was cut in its middle is not guessed', async () => {
  const server = await messagesServer({
    brain: (body) => ({
      content: turnsMade(body) === 0 ? [{ type: 'tool_use', name: 'write_file', input: {} }] : [submit],
      ...(turnsMade(body) === 0 ? { stopReason: 'max_tokens' } : {}),
    }),
    fault: (_, count) =>
      count === 1 ? { type: 'malformed-input', text: '{"path": "a.py", "content": "half' } : undefined,
  });
  const game = await modelGame(server);
  await game.play();
  expect(finishedTurns(game.records)[0]?.observed.observations).toMatchObject([
    { output: expect.stringContaining('cut off') as unknown, exitCode: 1 },
  ]);
});

test('a call that cannot be read comes back as an error that the model can use, and is mended where it can be', async () => {
  const server = await messagesServer({
    brain: (body) => ({ content: turnsMade(body) < 2 ? [bash('ls')] : [submit] }),
    fault: (_, count): Fault | undefined => {
      if (count > 2) return undefined;
      return { type: 'malformed-input', text: count === 1 ? 'ls' : "{'command': 'pwd'" };
    },
  });
  const game = await modelGame(server, { output: (command) => `ran ${command}` });
  await game.play();
  const outputs = finishedTurns(game.records).flatMap(({ observed }) =>
    observed.observations.map(({ output }) => output),
  );
  expect(outputs).toEqual([expect.stringContaining('was not JSON'), 'ran pwd']);
  expect(server.served[1]?.body.messages.at(-1)?.content).toMatchObject([{ type: 'tool_result', is_error: true }]);
});
