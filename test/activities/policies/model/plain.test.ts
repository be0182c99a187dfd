import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishedTurns } from '../../../../core/trajectory.ts';
import { messagesServer } from '../../../support/messages-server.ts';
import { modelGame, talkative, thought, turnsMade } from '../../../support/model-game.ts';
import { paperScaffold } from '../../../support/scaffold.ts';
import { temporaryFolders } from '../../../support/temporary.ts';
import { blocksOf, type Body, type Reply } from '../../../servers/messages/types.ts';

const folder = temporaryFolders();
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

test('guarded submitting opens in plain text too: pages are read by a command, and those that are left are named', async () => {
  const cwd = folder();
  mkdirSync(join(cwd, 'paper'));
  writeFileSync(join(cwd, 'paper/paper.md'), 'about a method\n'.repeat(60));
  const read = (page: number): string => `read_file paper/paper.md page ${page}`;
  const server = await messagesServer({ brain: says('submit', read(1), 'submit', read(2), 'submit') });
  const output = (command: string): string => execFileSync('sh', ['-c', command], { cwd }).toString();
  const game = await modelGame(server, { ...plain, output });
  const rules = paperScaffold({ submit: 'guarded', submitAfter: 0, pageCharacters: 500, remindEvery: 0 });
  expect(await game.play(rules)).toMatchObject({ end: 'submitted', turns: { length: 5 } });
  const told = finishedTurns(game.records).map(({ observed }) => observed.observations[0]?.output.split('\n')[0]);
  expect(told).toEqual([
    'Not submitted: read paper/paper.md first, all pages of it, with read_file.',
    '[paper/paper.md, page 1 of 2]',
    'Not submitted: pages 2 of 2 of paper/paper.md are not read yet. Read them with read_file.',
    '[paper/paper.md, page 2 of 2]',
    undefined,
  ]);
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
