import { expect, test } from '@jest/globals';
import { finishedTurns } from '../../../../core/trajectory.ts';
import { messagesServer } from '../../../support/messages-server.ts';
import { modelGame, talkative, thought, turnsMade } from '../../../support/model-game.ts';
import { blocksOf, type Body, type Reply } from '../../../servers/messages/types.ts';

const THINKING = { thinking: { type: 'enabled', budgetTokens: 1024 } };
const CHAT = { type: 'openai-compatible' };
const plain = { policy: { prompt: 'paper-plain', tools: undefined } };
const says =
  (...lines: string[]) =>
  (body: Body): Reply => ({ content: [{ type: 'text', text: lines[turnsMade(body)] ?? 'submit' }] });

test.each([
  ['as it stands', 'ls -l', 'ls -l'],
  ['without a fence', '```bash\nls -l\n```', 'ls -l'],
  ['without ticks', '`ls -l`', 'ls -l'],
  ['without a prompt', '$ ls -l', 'ls -l'],
])('in plain text the answer is the command, %s', async (_, text, command) => {
  const server = await messagesServer({ brain: says(text) });
  const game = await modelGame(server, { ...plain, output: (given) => `ran ${given}` });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(server.served[1]?.body.messages.at(-1)?.content).toMatchObject([{ type: 'text', text: `ran ${command}` }]);
  expect(finishedTurns(game.records)[0]?.acted.text).toBe(command);
});

test('a command that was cut is not run', async () => {
  const server = await messagesServer({
    brain: (body) =>
      turnsMade(body) === 0 ? { ...says('rm -rf /workspace/old')(body), stopReason: 'max_tokens' } : says()(body),
  });
  const game = await modelGame(server, { ...plain, output: () => 'ran' });
  await game.play();
  expect(finishedTurns(game.records)[0]?.observed.observations[0]?.output).toContain('cut off');
});

test('in plain text thoughts are kept as well', async () => {
  const server = await messagesServer({
    brain: (body) => ({ content: [thought, ...says('ls', 'pwd')(body).content] }),
  });
  const game = await modelGame(server, { ...plain, settings: THINKING });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(blocksOf(server.served.at(-1)?.body.messages[1]?.content ?? '')[0]).toMatchObject(thought);
});

test('a chat server plays the same game', async () => {
  const server = await messagesServer({ brain: talkative(3) });
  const game = await modelGame(server, { settings: CHAT });
  expect(await game.play()).toMatchObject({ end: 'submitted', turns: { length: 4 } });
  expect(finishedTurns(game.records)[0]?.observed.observations).toHaveLength(2);
});

test('a model whose calls stand in its text is understood, and answered in text', async () => {
  const text = (turn: number): string =>
    turn === 0
      ? '<tool_call>{"name": "bash", "arguments": {"command": "ls"}}</tool_call>'
      : '<tool_call>{"name": "submit"}</tool_call>';
  const server = await messagesServer({
    brain: (body) => ({ content: [{ type: 'text', text: text(turnsMade(body)) }] }),
  });
  const game = await modelGame(server, { settings: CHAT, output: (command) => `ran ${command}` });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(server.served[1]?.body.messages.at(-1)).toEqual({ role: 'user', content: 'ran ls' });
});
