import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readRollout } from '../../cli/rollout-files.ts';
import { describeRollout } from '../../cli/rollout-text.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();
const ID = 'micro.distill.0.train-7.2';
const USAGE = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 60, cacheWriteTokens: 0, usd: 0.0125 };
const SUBMISSION = { uri: 'store:x', sha256: 'f00', bytes: 1 };

const acted = ([epoch, turn]: [number, number], command: string, active: number): object => ({
  type: 'acted',
  epoch,
  turn,
  text: command,
  calls: [{ id: `c${turn}`, name: 'sh', input: { command } }],
  usage: USAGE,
  policyVersion: 'scripted-1',
  active,
});

const observed = ([epoch, turn]: [number, number], output: string, ended = 'exit'): object => ({
  type: 'observed',
  epoch,
  turn,
  observations: [{ callId: `c${turn}`, output, exitCode: ended === 'exit' ? 0 : null, ended, seconds: 20 }],
  active: turn * 30,
});

const LOG = [
  { type: 'opened', epoch: 1 },
  acted([1, 0], 'cat paper.md', 4),
  observed([1, 0], 'e01 lr=08\n'),
  acted([1, 1], 'sh run.sh e01', 34),
  { type: 'opened', epoch: 2 },
  observed([2, 1], 'loss 3.1\n', 'budget'),
  { type: 'ended', epoch: 2, turn: 2, end: 'budget', active: 100 },
];

const RECORD = {
  rollout: ID,
  task: 'train-7',
  policy: 'teacher',
  outcome: 'scored',
  end: 'budget',
  score: 0.7,
  turns: 2,
  activeSeconds: 100,
  sandboxSeconds: 3,
  usage: USAGE,
};

const leaf = (name: string, score: 0 | 1): object => ({
  leaf: name,
  requirements: `${name} is right`,
  category: 'Code Development',
  score,
  checked: 'grep e01 runs.txt',
  found: score === 1 ? 'e01 lr=08' : 'nothing',
});

const VERDICT = {
  rollout: ID,
  judge: 'check-1',
  submission: SUBMISSION,
  score: 0.7,
  categories: { 'Code Development': 0.7, 'Result Analysis': null },
  leaves: [leaf('e01-configured', 1), leaf('e01-ran', 0)],
};

function store(files: Record<string, string>): string {
  const root = folder();
  mkdirSync(join(root, 'runs/micro/rollouts', ID), { recursive: true });
  mkdirSync(join(root, 'runs/micro/rollouts/micro.distill.0.train-70.0'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'runs/micro/rollouts', ID, name), text);
  return root;
}

const log = LOG.map((line) => `${JSON.stringify(line)}\n`).join('');

test('a finished rollout is shown turn by turn, its verdict leaf by leaf, and its cost', async () => {
  const root = store({
    'turns.jsonl': log,
    'record.json': JSON.stringify(RECORD),
    'verdict.json': JSON.stringify(VERDICT),
  });
  expect(describeRollout(await readRollout(root, ID))).toBe(`${ID}
teacher on train-7: scored 0.700
cut by its time budget after 2 turns and 1 min 40 s

--- turn 0, 4 s (scripted-1) ---
cat paper.md

e01 lr=08
[exit 0, 20 s]

--- turn 1, 34 s (scripted-1) ---
sh run.sh e01

~~~ attempt 2 takes over ~~~

loss 3.1
[budget, 20 s]

verdict: 0.700 by check-1 (Code Development 0.700)
  + e01-configured: e01-configured is right
      checked grep e01 runs.txt
      found   e01 lr=08
  - e01-ran: e01-ran is right
      checked grep e01 runs.txt
      found   nothing

cost: 0.0125 USD, 100 tokens in (60 from the cache), 20 out; 1 min 40 s on its clock, 3 s of a sandbox
`);
});

test('one that runs, or was torn off in a line, is shown as far as it went', async () => {
  const text = describeRollout(await readRollout(store({ 'turns.jsonl': log.slice(0, 400) }), ID));
  expect(text).toContain('not finished: no record yet');
  expect(text).toContain('cat paper.md');
});

test('one that failed says why', async () => {
  const record = {
    ...RECORD,
    outcome: 'infra-failed',
    score: undefined,
    end: undefined,
    reason: 'the sandbox was lost',
  };
  const text = describeRollout(await readRollout(store({ 'record.json': JSON.stringify(record) }), ID));
  expect(text).toContain(
    'teacher on train-7: infra-failed (the sandbox was lost)\ndid not end by itself after 2 turns',
  );
});

test('a violation is shown with its line, and leaves that could not be graded with the two ends of the score', async () => {
  const violations = [{ entry: 'https://a.org/x', where: 'turn 3, bash', evidence: 'curl https://a.org/x' }];
  const violated = { ...VERDICT, score: 0, leaves: [], violations };
  const text = describeRollout(await readRollout(store({ 'verdict.json': JSON.stringify(violated) }), ID));
  expect(text).toContain('  ! https://a.org/x is forbidden: turn 3, bash\n      curl https://a.org/x');
  const { score: _s, categories: _c, ...judged } = VERDICT as Record<string, unknown>;
  const unjudged = [{ leaf: 'e02', requirements: 'e02 is right', category: 'Code Execution', why: 'malformed: talk' }];
  const incomplete = { ...judged, unjudged, paperbench: 0.3, most: 0.7 };
  const other = describeRollout(
    await readRollout(store({ 'incomplete-verdict.json': JSON.stringify(incomplete) }), ID),
  );
  expect(other).toContain("so the score may be from 0.300 (PaperBench's convention) to 0.700");
  expect(other).toContain('  ? e02: e02 is right\n      malformed: talk');
});

test('a rollout that is not there is answered with the nearest ones', async () => {
  const root = store({});
  await expect(readRollout(root, 'micro.distill.0.train-7.9')).rejects.toThrow(
    `there is no rollout "micro.distill.0.train-7.9"; the nearest of 2:\n  ${ID}\n  micro.distill.0.train-70.0`,
  );
});

test('a run that is not there is answered with those that are', async () => {
  await expect(readRollout(store({}), 'nano.distill.0.a.1')).rejects.toThrow(
    /there is no rollout "nano.*runs there: micro/,
  );
  await expect(readRollout(folder(), ID)).rejects.toThrow('runs there: none');
});
