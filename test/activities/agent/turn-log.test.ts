import { expect, test } from '@jest/globals';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTurnLog, readTurnLog } from '../../../activities/agent/turn-log.ts';
import type { TurnRecord } from '../../../core/trajectory.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const root = temporaryFolder();
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

test('a line that is whole but not a record is an error, for it was not a crash that wrote it', async () => {
  const file = join(root, 'foreign.jsonl');
  appendFileSync(file, '{"type":"gossip"}\n');
  await expect(readTurnLog(file)).rejects.toThrow('invalid_union');
});
