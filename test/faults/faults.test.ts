import { afterAll, expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/temporary.ts';
import { runCampaign } from './campaign.ts';
import { CLASSES } from './classes.ts';
import { stopAll } from './world.ts';

const folder = temporaryFolder();
afterAll(stopAll);

test('every class of fault, several in one run, is survived: nothing is lost, nothing counts twice, nothing is left', async () => {
  const said: string[] = [];
  const outcomes = await runCampaign({ folder, seed: 1, size: 3, log: (line) => said.push(line) });
  expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
  const struck = outcomes.flatMap((outcome) => outcome.struck.map(({ name }) => name));
  expect(struck.toSorted()).toEqual(CLASSES.map(({ name }) => name).toSorted());
  expect(Math.max(...outcomes.map(({ redone }) => redone))).toBeLessThanOrEqual(1);
}, 900_000);
