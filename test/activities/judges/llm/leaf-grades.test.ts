import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openLeafGrades } from '../../../../activities/judges/llm/leaf-grades.ts';
import type { LeafVerdict } from '../../../../core/record.ts';
import { temporaryFolders } from '../../../support/temporary.ts';

const folder = temporaryFolders();
const grade = (leaf: string): LeafVerdict => ({
  leaf,
  requirements: 'r',
  category: 'Code Development',
  score: 1,
  checked: 'c',
  found: 'f',
});
const used = (usd: number) => ({ inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd });

test('a grade is there for whoever opens the file next, even where the process was killed', async () => {
  const file = join(folder(), 'a/b.jsonl');
  const killed = openLeafGrades(file, 'one'); // never closed
  killed.add('k1', grade('x'), used(2));
  const next = openLeafGrades(file, 'one');
  expect(next.get('k1')).toEqual(grade('x'));
  expect(next.spent().usd).toBe(2);
  await next.close();
});

test('what other rollouts have paid is not counted again', async () => {
  const file = join(folder(), 'b.jsonl');
  const one = openLeafGrades(file, 'one');
  one.add('k1', grade('x'), used(2));
  await one.close();
  const two = openLeafGrades(file, 'two');
  two.add('k2', grade('y'), used(3));
  expect(two.get('k1')).toEqual(grade('x'));
  expect(two.spent().usd).toBe(3);
  await two.close();
});

test('a line that a crash tore is graded again, and spoils no later one', async () => {
  const file = join(folder(), 'b.jsonl');
  const one = openLeafGrades(file, 'one');
  one.add('k1', grade('x'), used(1));
  await one.close();
  appendFileSync(file, readFileSync(file, 'utf8').replace('k1', 'k2').slice(0, 40));
  const two = openLeafGrades(file, 'one');
  expect(two.get('k2')).toBeUndefined();
  two.add('k3', grade('z'), used(1));
  await two.close();
  const three = openLeafGrades(file, 'one');
  expect([three.get('k1'), three.get('k2'), three.get('k3')].map((found) => found?.leaf)).toEqual([
    'x',
    undefined,
    'z',
  ]);
  await three.close();
});
