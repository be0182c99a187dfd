import { expect, test } from '@jest/globals';
import { messagesServer } from '../../../support/messages-server.ts';
import { bash, modelGame, submit, turnsMade } from '../../../support/model-game.ts';
import type { Body, Reply } from '../../../servers/messages/types.ts';

const page = (turn: number): string => `[paper/paper.md, page ${turn + 1} of 2]\n${'paper '.repeat(100)}`;
const reader = (body: Body): Reply => {
  const turn = turnsMade(body);
  if (JSON.stringify(body.messages).includes('enough')) return { content: [submit] };
  if (!JSON.stringify(body.messages).includes('page 2 of 2')) {
    return { content: [{ type: 'tool_use', name: 'read_file', input: { path: 'paper/paper.md', page: turn + 1 } }] };
  }
  return { content: [bash('work')] };
};

test("is cut into windows as a student's is: the paper stays, the oldest work goes, and the prompt says so", async () => {
  const server = await messagesServer({ brain: reader, contextTokens: 12_000 });
  let works = 0;
  const game = await modelGame(server, {
    settings: { contextTokens: 12_000 },
    policy: { windows: { maxTokens: 12_000, overlap: 2000, observationTokens: 1000 } },
    output: (command) => {
      if (command.includes('read_file')) return page(works++);
      works += 1;
      return works > 80 ? 'enough' : `work ${works} `.repeat(80);
    },
  });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  expect(server.served.every(({ status }) => status === 200)).toBe(true);
  const texts = server.served.map(({ body }) => JSON.stringify(body.messages));
  expect(texts.slice(2).every((text) => text.includes('page 1 of 2') && text.includes('page 2 of 2'))).toBe(true);
  const last = texts.at(-1) ?? '';
  expect(last).toContain('taken out of your sight');
  expect(last).not.toContain('work 10 ');
  // Within a window prompts only grow: what is cached stays of use.
  const shrinks = texts.filter((text, index) => text.length < (texts[index - 1]?.length ?? 0)).length;
  expect(shrinks).toBeLessThan(texts.length / 4);
});

test('where the provider counts more than was thought, it is asked again with less', async () => {
  const server = await messagesServer({ brain: reader, contextTokens: 6000 });
  let works = 0;
  const game = await modelGame(server, {
    settings: { contextTokens: 12_000, maxTokens: 1024 },
    policy: { windows: { maxTokens: 12_000, overlap: 2000, observationTokens: 500 } },
    output: (command) => {
      if (command.includes('read_file')) return page(works++);
      works += 1;
      return works > 30 ? 'enough' : `work ${works} `.repeat(80);
    },
  });
  expect(await game.play()).toMatchObject({ end: 'submitted' });
  const refused = server.served.filter(({ status }) => status === 400).length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(6);
});

test('a rollout ends as it stands where not even the paper fits', async () => {
  const server = await messagesServer();
  const game = await modelGame(server, {
    policy: { windows: { maxTokens: 3000, overlap: 100, observationTokens: 100 } },
  });
  expect(await game.play()).toMatchObject({ end: 'context', turns: [] });
  expect(server.served).toEqual([]);
});
