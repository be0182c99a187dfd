import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runCampaign } from './campaign.ts';
import { CLASSES } from './classes.ts';
import { stopAll } from './world.ts';

/** Minutes on a machine that has nothing else to do. */
const AT_MOST_MS = 20 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'lh-faults-'));
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'every kind of fault strikes, and nothing is lost, counted twice or left behind',
  async () => {
    const said: string[] = [];
    const outcomes = await runCampaign({ folder, seed: 1, size: 2, atOnce: 2, log: (line) => said.push(line) });
    expect({ problems: outcomes.flatMap(({ problems }) => problems), said }).toEqual({ problems: [], said });
    const struck = outcomes.flatMap((outcome) => outcome.struck.map(({ name }) => name));
    expect(struck.toSorted()).toEqual(CLASSES.map(({ name }) => name).toSorted());
  },
  AT_MOST_MS,
);
