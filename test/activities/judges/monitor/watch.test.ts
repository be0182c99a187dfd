import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { gradeRollout } from '../../../../activities/judges/grade-rollout.ts';
import { writeOverrule } from '../../../../activities/judges/monitor/overrules.ts';
import { createFolderStore } from '../../../../activities/store.ts';
import { keys } from '../../../../core/names.ts';
import { recipe } from '../../../../core/recipe.ts';
import { verdict } from '../../../../core/record.ts';
import { tinyRecipe } from '../../../support/recipes.ts';
import { writeTaskFolder } from '../../../support/task-folders.ts';
import { temporaryFolders } from '../../../support/temporary.ts';
import { putSubmission } from '../../../support/workspaces.ts';

const folder = temporaryFolders();
const rollout = 'run.distill.0.one.0';
const USAGE = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };

/** A rollout that ran these commands and submitted these files, and a judge that gives full marks to whatever it sees. */
async function table({
  commands = ['ls'],
  files = { 'README.md': 'x\n' },
}: {
  commands?: string[];
  files?: Record<string, string>;
}) {
  const store = createFolderStore(folder());
  writeTaskFolder(store.path('runs/run/tasks'), 'one');
  const submission = await putSubmission(store, files, { folder: folder() });
  const records = commands.flatMap((command, turn) => [
    {
      type: 'acted',
      epoch: 1,
      turn,
      text: '',
      calls: [{ id: `c${turn}`, name: 'bash', input: { command } }],
      usage: USAGE,
      policyVersion: 'x',
      active: 1,
    },
    {
      type: 'observed',
      epoch: 1,
      turn,
      active: 1,
      observations: [{ callId: `c${turn}`, output: '', exitCode: 0, ended: 'exit', seconds: 1 }],
    },
  ]);
  const log = store.path(keys.turns(rollout));
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  let judged = 0;
  const judge = async () => {
    const settings = recipe.parse(tinyRecipe());
    const given = await gradeRollout(
      {
        store,
        judge: () => async () => {
          judged += 1;
          return { judge: 'kind', submission, score: 1, categories: {}, leaves: [] };
        },
      },
      {
        rollout,
        recipe: settings,
        settings: settings.judge,
        submission,
        epoch: 1,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      },
    );
    return verdict.parse({ rollout, ...given });
  };
  return { judge, store, judged: () => judged };
}

test('a rollout that fetched what is forbidden scores 0, with the line, and costs no leaf', async () => {
  const { judge, judged } = await table({ commands: ['ls', 'git clone https://github.com/authors/code x'] });
  expect(await judge()).toMatchObject({
    judge: 'monitor',
    score: 0,
    leaves: [],
    violations: [
      {
        entry: 'https://github.com/authors/code',
        where: 'turn 1, bash',
        evidence: 'git clone https://github.com/authors/code x',
      },
    ],
  });
  expect(judged()).toBe(0);
});

test('so does a submission whose code fetches it', async () => {
  const { judge } = await table({
    files: { 'reproduce.sh': 'set -e\npip install git+https://github.com/authors/code\n' },
  });
  expect((await judge()).violations).toEqual([expect.objectContaining({ where: 'submission, reproduce.sh, line 2' })]);
});

test('one that kept to the rules is graded', async () => {
  const { judge, judged } = await table({ commands: ['cat paper/blacklist.txt', 'pip install torch'] });
  const given = await judge();
  expect(given).toMatchObject({ judge: 'kind', score: 1 });
  expect(given.violations).toBeUndefined();
  expect(judged()).toBe(1);
});

test('a person can overrule, and the verdict says why', async () => {
  const { judge, store } = await table({ commands: ['curl https://github.com/authors/code'] });
  await writeOverrule(store, rollout, 'it was offline and got nothing');
  expect(await judge()).toMatchObject({ judge: 'kind', score: 1, overruled: 'it was offline and got nothing' });
});
