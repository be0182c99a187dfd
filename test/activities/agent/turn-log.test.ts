import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTurnLog, readTurnLog } from '../../../activities/agent/turn-log.ts';
import type { TurnRecord } from '../../../core/trajectory.ts';
import { temporaryFolder, temporaryFolders } from '../../support/temporary.ts';

const root = temporaryFolder();
const temporary = temporaryFolders();
const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const acted = (epoch: number, turn: number, text = 'ls'): TurnRecord => ({
  type: 'acted',
  epoch,
  turn,
  text,
  calls: [],
  usage,
  policyVersion: 'v',
  active: 4,
});

const observed = (epoch: number, turn: number): TurnRecord => ({
  type: 'observed',
  epoch,
  turn,
  observations: [],
  active: 5,
});

test('a record is on disk when append has returned', async () => {
  const file = join(root, 'durable.jsonl');
  const { log } = await openTurnLog(file, 1);
  await log.append(acted(1, 0));
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  await log.close();
  expect(await readTurnLog(file)).toEqual([{ type: 'opened', epoch: 1 }, acted(1, 0)]);
});

test('a log that is not there holds nothing', async () => {
  expect(await readTurnLog(join(root, 'none.jsonl'))).toEqual([]);
});

test('a last line that a crash cut short is dropped, and spoils no later one', async () => {
  const file = join(root, 'torn.jsonl');
  writeFileSync(file, `${JSON.stringify(acted(1, 0))}\n{"type":"acted","epo`);
  const { log, records } = await openTurnLog(file, 2);
  expect(records).toEqual([acted(1, 0), { type: 'opened', epoch: 2 }]);
  await log.append(acted(2, 0));
  await log.close();
  expect((await readTurnLog(file)).at(-1)).toEqual(acted(2, 0));
});

test('what an attempt writes after it has lost its lease does not count', async () => {
  const file = join(root, 'zombie.jsonl');
  const zombie = await openTurnLog(file, 1);
  const heir = await openTurnLog(file, 2);
  await zombie.log.append(acted(1, 0, 'from the dead'));
  await heir.log.append(acted(2, 0, 'from the living'));
  const texts = (await readTurnLog(file)).flatMap((record) => (record.type === 'acted' ? [record.text] : []));
  expect(texts).toEqual(['from the living']);
  await Promise.all([zombie.log.close(), heir.log.close()]);
});

test.each(['{"type":"gossip"}', '[]', '\u0000\u0000', '{"type":"acted","epo'])(
  'a last line that is no record (%s) counts as not written',
  async (junk) => {
    const file = join(temporary(), 'junk.jsonl');
    writeFileSync(file, `${JSON.stringify(acted(1, 0))}\n${junk}\n`);
    const { log } = await openTurnLog(file, 2);
    await log.close();
    expect(await readTurnLog(file)).toEqual([acted(1, 0), { type: 'opened', epoch: 2 }]);
  },
);

test.each([
  ['what is no record amid others', ['{"type":"gossip"}', acted(1, 0)], 'line 1 is no record'],
  ['a turn that was observed and never acted', [observed(1, 0)], 'turn 0 was observed after 0 turns'],
  ['a missing turn', [acted(1, 0), observed(1, 0), acted(1, 2)], 'turn 2 was acted after 1 turns'],
  ['a turn that is finished twice', [acted(1, 0), observed(1, 0), observed(2, 0)], 'turn 0 was observed after 1 turns'],
])('%s is an error, for no crash can have written it', async (_, lines, why) => {
  const file = join(temporary(), 'corrupt.jsonl');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(file, `${text.join('\n')}\n`);
  await expect(readTurnLog(file)).rejects.toThrow(why);
});

test('what a provider said is read back byte for byte', async () => {
  const file = join(root, 'blocks.jsonl');
  const { log } = await openTurnLog(file, 1);
  const blocks = [
    { signature: 'EqQ=', thinking: 'so', type: 'thinking' },
    {
      id: 'toolu_1',
      input: { b: 1, a: [null, { z: 'é' }] },
      name: 'bash',
      type: 'tool_use',
      caller: { type: 'direct' },
    },
  ];
  await log.append({ ...acted(1, 0), blocks } as TurnRecord);
  await log.close();
  const [, record] = await readTurnLog(file);
  expect(JSON.stringify(record?.type === 'acted' && record.blocks)).toBe(JSON.stringify(blocks));
});
