import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createFolderStore } from '../../activities/store.ts';
import { run as lineage } from '../../cli/lineage.ts';
import type { LineageTree } from '../../core/lineage.ts';
import { lineageRun, playTwoSteps, rlRecipe, versionOf, type Parent } from '../support/lineage-run.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const store = createFolderStore(`${home}/store`);
const before = process.env.LONGHAUL_HOME;

/** Two runs: `r`, whose RL has ended and was evaluated, and `big`, begun before it, whose RL is under way. */
beforeAll(async () => {
  process.env.LONGHAUL_HOME = home;
  const run = lineageRun(store, 'r');
  run.begin(rlRecipe());
  const [, , last] = playTwoSteps(store, 'r') as [Parent, Parent, Parent];
  await run.publish('rl-60s', 'rl-60s-2');
  run.stage('rl-60s', { type: 'rl', reusedFrom: 'earlier' });
  run.task('heldout-0');
  const played = { policy: 'rl-60s', policyVersions: [versionOf({ ...last, name: 'rl-60s' })], score: 0.5 };
  run.rollout('r.evaluate-rl-60s.heldout.heldout-0.0', played);
  lineageRun(store, 'big').begin(rlRecipe(), '2025-01-01T00:00:00.000Z');
  playTwoSteps(store, 'big', 12);
});
afterAll(() => {
  if (before === undefined) delete process.env.LONGHAUL_HOME;
  else process.env.LONGHAUL_HOME = before;
});

/** What the command prints. */
async function printed(...args: string[]): Promise<string> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await lineage(args)).toBe(0);
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

interface Printed {
  run: string;
  madeOf: LineageTree;
  cameOfIt: LineageTree;
}

const json = async (name: string): Promise<Printed> => JSON.parse(await printed(name, '--json')) as Printed;

const all = (tree: LineageTree): LineageTree[] => [tree, ...tree.children.flatMap(all)];

test('a checkpoint is traced to the papers that it learnt from, and to what it played', async () => {
  expect(await printed('r/rl-60s')).toBe(`run r
made of
  checkpoint rl-60s  (kind rl, step 10, from earlier)
    checkpoint rl-60s-2  (kind rl, step 10, from earlier)
      dataset rl-60s-2  (windows 4, trajectories 2, trainedTokens 7, from earlier)
        rollout r.rl-60s.2.train-1.0  (outcome scored, policy rl-60s-1, turns 3, from earlier)
          verdict r.rl-60s.2.train-1.0  (score 0, from earlier)
            task train-1
              paper train-1
          checkpoint rl-60s-1 …
        rollout r.rl-60s.2.train-1.1  (outcome scored, policy rl-60s-1, turns 3, from earlier)
          verdict r.rl-60s.2.train-1.1  (score 0.01, from earlier)
            task train-1 …
          checkpoint rl-60s-1 …
      checkpoint rl-60s-1  (kind rl, step 10, from earlier)
        dataset rl-60s-1  (windows 4, trajectories 2, trainedTokens 7, from earlier)
          rollout r.rl-60s.1.train-0.0  (outcome scored, policy untrained, turns 3, from earlier)
            verdict r.rl-60s.1.train-0.0  (score 0, from earlier)
              task train-0
                paper train-0
            checkpoint untrained  (kind init, step 10)
          rollout r.rl-60s.1.train-0.1  (outcome scored, policy untrained, turns 3, from earlier)
            verdict r.rl-60s.1.train-0.1  (score 0.01, from earlier)
              task train-0 …
            checkpoint untrained  (kind init, step 10)
        checkpoint untrained  (kind init, step 10)
came of it
  checkpoint rl-60s  (kind rl, step 10, from earlier)
    rollout r.evaluate-rl-60s.heldout.heldout-0.0  (outcome scored, policy rl-60s, turns 3)
`);
});

test('a rollout of the first step is traced to what played it, and to all that came of it', async () => {
  expect(await printed('r.rl-60s.1.train-0.1')).toBe(`run r
made of
  rollout r.rl-60s.1.train-0.1  (outcome scored, policy untrained, turns 3, from earlier)
    verdict r.rl-60s.1.train-0.1  (score 0.01, from earlier)
      task train-0
        paper train-0
    checkpoint untrained  (kind init, step 10)
came of it
  rollout r.rl-60s.1.train-0.1  (outcome scored, policy untrained, turns 3, from earlier)
    dataset rl-60s-1  (windows 4, trajectories 2, trainedTokens 7, from earlier)
      checkpoint rl-60s-1  (kind rl, step 10, from earlier)
        checkpoint rl-60s-2  (kind rl, step 10, from earlier)
          checkpoint rl-60s  (kind rl, step 10, from earlier)
            rollout r.evaluate-rl-60s.heldout.heldout-0.0  (outcome scored, policy rl-60s, turns 3)
        rollout r.rl-60s.2.train-1.0  (outcome scored, policy rl-60s-1, turns 3, from earlier)
          dataset rl-60s-2  (windows 4, trajectories 2, trainedTokens 7, from earlier)
            checkpoint rl-60s-2 …
        rollout r.rl-60s.2.train-1.1  (outcome scored, policy rl-60s-1, turns 3, from earlier)
          dataset rl-60s-2 …
`);
});

test('a person sees some of each kind, a program everything', async () => {
  expect(await printed('big/dataset:rl-60s-1')).toContain('… and 4 more rollouts');
  const { run, madeOf } = await json('big/rl-60s-1');
  const rollouts = all(madeOf).filter(({ kind }) => kind === 'rollout');
  expect(run).toBe('big');
  expect(rollouts.map(({ id }) => id).toSorted()).toEqual(
    Array.from({ length: 12 }, (_, member) => `rollout:big.rl-60s.1.train-0.${member}`).toSorted(),
  );
  expect(rollouts.every(({ facts }) => facts['policy'] === 'untrained')).toBe(true);
});

test('with --json both directions are trees of nodes with their facts', async () => {
  const { madeOf, cameOfIt } = await json('r.evaluate-rl-60s.heldout.heldout-0.0');
  const node = {
    id: 'rollout:r.evaluate-rl-60s.heldout.heldout-0.0',
    kind: 'rollout',
    facts: { outcome: 'scored', policy: 'rl-60s', turns: 3 },
  };
  expect(cameOfIt).toEqual({ ...node, children: [] });
  expect(madeOf).toMatchObject(node);
  const checkpoints = all(madeOf).filter(({ kind }) => kind === 'checkpoint');
  expect(new Set(checkpoints.map(({ id }) => id.slice('checkpoint:'.length)))).toEqual(
    new Set(['rl-60s', 'rl-60s-2', 'rl-60s-1', 'untrained']),
  );
});

test.each([
  { name: 'train-1', root: 'task:train-1', why: 'of the newest run' },
  { name: 'verdict:r.rl-60s.1.train-0.0', root: 'verdict:r.rl-60s.1.train-0.0', why: 'of its kind' },
  { name: 'big/rl-60s-2', root: 'checkpoint:rl-60s-2', why: 'of another run' },
  {
    name: 'store:runs/big/rollouts/big.rl-60s.1.train-0.3/turns.jsonl',
    root: 'rollout:big.rl-60s.1.train-0.3',
    why: '',
  },
  {
    name: 'store:runs/r/rollouts/r.rl-60s.1.train-0.0/verdict.json',
    root: 'verdict:r.rl-60s.1.train-0.0',
    why: 'by address',
  },
  { name: 'runs/big/datasets/rl-60s-1', root: 'dataset:rl-60s-1', why: 'by its folder' },
])('$name is $root $why', async ({ name, root }) => {
  expect((await json(name)).madeOf.id).toBe(root);
});

test('a name that is unknown says what comes near', async () => {
  await expect(lineage(['r/rl-60'])).rejects.toThrow(
    'there is no "rl-60" in run r; the nearest of what its manifests name:\n  rl-60s (checkpoint)\n  rl-60s-1 (checkpoint, dataset)\n  rl-60s-2 (checkpoint, dataset)\n',
  );
  await expect(lineage(['r.rl-60s.1.train-0.7'])).rejects.toThrow(
    'the nearest of what its manifests name:\n  r.rl-60s.1.train-0.0 (rollout, verdict)\n  r.rl-60s.1.train-0.1 (rollout, verdict)\n',
  );
});

test.each(['elsewhere/sft', 'elsewhere.distill.0.train-0.0', 'store:runs/elsewhere/checkpoints/sft'])(
  'a run that is unknown is named as such, with those that are there: %s',
  async (name) => {
    await expect(lineage([name])).rejects.toThrow('there is no run "elsewhere" in this home; its runs: big, r');
  },
);

test('a run by itself is too much to trace, and of one that has made nothing there is nothing', async () => {
  await expect(lineage(['big'])).rejects.toThrow(
    '"big" is a run: name a rollout, checkpoint, dataset or task of it; its checkpoints: big/rl-60s-1, big/rl-60s-2, big/untrained',
  );
  lineageRun(store, 'begun').begin(tinyRecipe(), '2024-01-01T00:00:00.000Z');
  await expect(lineage(['begun/sft'])).rejects.toThrow('there is no "sft" in run begun: it has not made anything yet');
  await expect(lineage(['begun'])).rejects.toThrow('"begun" is a run: name a rollout');
});

/** The command as npm runs it. */
const sh = (line: string) => spawnSync('sh', ['-c', line], { encoding: 'utf8', env: process.env });

test('what is printed arrives whole, also where it is more than a pipe holds', () => {
  const many = lineageRun(store, 'many');
  many.begin(tinyRecipe(), '2024-01-01T00:00:00.000Z');
  many.task('train-0');
  for (let member = 0; member < 1500; member += 1) many.playing(`many.distill.0.train-0.${member}`);
  const { status, stdout } = sh('node cli/bootstrap.cjs lineage many/train-0 --json | cat');
  expect(status).toBe(0);
  expect(stdout.length).toBeGreaterThan(100_000);
  expect((JSON.parse(stdout) as Printed).cameOfIt.children).toHaveLength(1500);
});

test('who reads only the beginning is told of no error', () => {
  const { status, stderr } = sh('node cli/bootstrap.cjs lineage many/train-0 --json | head -c 9');
  expect([status, stderr]).toEqual([0, '']);
});

test('one name is asked for', async () => {
  await expect(lineage([])).rejects.toThrow('name one rollout, checkpoint, dataset or task');
  await expect(lineage(['a', 'b'])).rejects.toThrow('name one rollout, checkpoint, dataset or task');
});
