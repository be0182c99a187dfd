import { beforeAll, describe, expect, test } from '@jest/globals';
import { createScripted, SCRIPTED_VERSION } from '../../../activities/policies/scripted.ts';
import { micropaperDifficulty } from '../../../core/micropaper/difficulty.ts';
import { MICROPAPER_INSTRUCTIONS } from '../../../core/micropaper/instructions.ts';
import { AGENT_FILES, generateMicropaper, type Micropaper } from '../../../core/micropaper/generate.ts';
import { scriptedMistakes, type ScriptedMistakes } from '../../../core/micropaper/mistakes.ts';
import { vocabulary, words } from '../../../core/micropaper/vocabulary.ts';
import type { Turn } from '../../../core/trajectory.ts';
import { openWorkspace } from '../../core/micropaper/workspace.ts';
import { imaginedWorld, playOut, scoreOf, type Attempt } from './simulate.ts';

const difficulty = micropaperDifficulty.parse({});
const usual = scriptedMistakes.parse({});
const none = Object.fromEntries(Object.keys(usual).map((key) => [key, 0])) as ScriptedMistakes;
const paperOf = (index: number) => generateMicropaper({ seed: 0, suite: 'train', index, difficulty });
const rolloutOf = (paper: Micropaper, member: number): string => `run.distill.0.${paper.id}.${member}`;
const commands = (turns: readonly Turn[]): string[] => turns.map(({ acted }) => acted.text);
const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** So many rollouts, four of each paper. */
async function playMany(mistakes: ScriptedMistakes, papers: number): Promise<Attempt[]> {
  const policy = createScripted({ mistakes, seed: 0 });
  const attempts: Attempt[] = [];
  for (const paper of Array.from({ length: papers }, (_, index) => paperOf(index))) {
    for (const member of [0, 1, 2, 3]) {
      const rollout = rolloutOf(paper, member);
      attempts.push(await playOut(policy, paper, { rollout, world: imaginedWorld(paper) }));
    }
  }
  return attempts;
}

test('without mistakes a paper is reproduced in full, in about 1000 seconds and 50 to 66 turns', async () => {
  const attempts = await playMany(none, 8);
  expect(attempts.map(({ score }) => score)).toEqual(attempts.map(() => 1));
  for (const { turns, seconds } of attempts) {
    expect(turns.length).toBeGreaterThanOrEqual(50);
    expect(turns.length).toBeLessThanOrEqual(66);
    expect(seconds).toBeLessThan(1400);
  }
  expect(Math.abs(mean(attempts.map(({ seconds }) => seconds)) - 1000)).toBeLessThan(100);
});

test('instructions and the reading of the page are about 82 words and marks, never more than 97', () => {
  const pages = Array.from({ length: 100 }, (_, index) => paperOf(index).files['paper.md'] ?? '');
  const marks = 6;
  const prefix = pages.map((page) => words(`${MICROPAPER_INSTRUCTIONS} cat paper.md ${page}`).length + marks);
  expect(Math.abs(mean(prefix) - 80)).toBeLessThan(3);
  expect(Math.max(...prefix)).toBeLessThanOrEqual(97);
});

describe('with the default mistakes', () => {
  let attempts: Attempt[];
  beforeAll(async () => {
    attempts = await playMany(usual, 15);
  });

  test('the mean score of 60 rollouts is near one half', () => {
    const score = mean(attempts.map((attempt) => attempt.score));
    expect(score).toBeGreaterThan(0.45);
    expect(score).toBeLessThan(0.65);
  });

  test('about three in four reach .4, and some score much more than others', () => {
    const accepted = attempts.filter(({ score }) => score >= 0.4).length / attempts.length;
    expect(accepted).toBeGreaterThan(0.6);
    expect(accepted).toBeLessThan(0.9);
    const scores = attempts.map(({ score }) => score).sort((one, other) => one - other);
    expect((scores.at(-1) ?? 0) - (scores[0] ?? 1)).toBeGreaterThan(0.4);
  });

  test('a trajectory has about 46 turns and 590 words', () => {
    expect(Math.abs(mean(attempts.map(({ turns }) => turns.length)) - 46)).toBeLessThan(6);
    expect(Math.abs(mean(attempts.map(({ tokens }) => tokens)) - 590)).toBeLessThan(80);
  });

  test('nobody writes or sees a word outside the vocabulary', () => {
    const known = new Set(vocabulary());
    const said = attempts.flatMap(({ turns }) =>
      turns.flatMap(({ acted, observed }) => [acted.text, ...observed.observations.map(({ output }) => output)]),
    );
    expect(words(said.join(' ')).filter((word) => !known.has(word))).toEqual([]);
  });
});

test('a shell in a workspace with the real programs gives the same rollout and the same score', async () => {
  const paper = paperOf(1);
  const files = AGENT_FILES.map((path): [string, string] => [path, paper.files[path] ?? '']);
  const workspace = openWorkspace(Object.fromEntries(files));
  const policy = createScripted({ mistakes: { ...usual, givesUp: 0 }, seed: 0 });
  const rollout = rolloutOf(paper, 0);
  const world = (command: string) => ({ output: workspace.sh(command).output, slept: workspace.slept() });
  try {
    const real = await playOut(policy, paper, { rollout, world });
    const imagined = await playOut(policy, paper, { rollout, world: imaginedWorld(paper) });
    expect(commands(real.turns)).toEqual(commands(imagined.turns));
    expect([real.score, real.seconds]).toEqual([imagined.score, imagined.seconds]);
    expect(scoreOf(paper, world)).toBe(real.score);
  } finally {
    workspace.remove();
  }
});

const paper = paperOf(3);
const signal = new AbortController().signal;
const play = (settings: { mistakes?: ScriptedMistakes; seed?: number; member?: number }) =>
  playOut(createScripted({ mistakes: settings.mistakes ?? usual, seed: settings.seed ?? 0 }), paper, {
    rollout: rolloutOf(paper, settings.member ?? 0),
    world: imaginedWorld(paper),
  });

describe('the scripted policy', () => {
  test('reads the paper first, gives one command a turn, and submits last', async () => {
    const { turns } = await play({});
    expect(commands(turns)[0]).toBe('cat paper.md');
    expect(commands(turns).at(-1)).toBe('submit');
    turns.forEach(({ acted }, turn) => {
      const id = `t${turn}.0`;
      const isLast = turn === turns.length - 1;
      const call = isLast ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command: acted.text } };
      expect(acted).toMatchObject({ calls: [call], policyVersion: SCRIPTED_VERSION });
    });
  });

  test('goes on from any turn exactly as it would have, whoever asks', async () => {
    const { turns } = await play({});
    for (let done = 0; done < turns.length; done += 1) {
      const request = { rollout: rolloutOf(paper, 0), instructions: 'x', turns: turns.slice(0, done) };
      const answer = await createScripted({ mistakes: usual, seed: 0 }).nextTurn(request, signal);
      expect(answer.text).toBe(turns[done]?.acted.text);
    }
  });

  test('plays every rollout and every seed differently', async () => {
    const attempts = await Promise.all([play({}), play({ member: 1 }), play({ seed: 1 })]);
    expect(new Set(attempts.map(({ turns }) => commands(turns).join('\n'))).size).toBe(3);
  });

  test('gives a command that was interrupted once more', async () => {
    const { turns } = await play({ mistakes: none });
    const [first, second] = turns.slice(0, 2) as [Turn, Turn];
    const lost = second.observed.observations.map((seen) => ({ ...seen, output: '', ended: 'interrupted' as const }));
    const interrupted = { ...second, observed: { ...second.observed, observations: lost } };
    const request = { rollout: rolloutOf(paper, 0), instructions: 'x', turns: [first, interrupted] };
    const policy = createScripted({ mistakes: none, seed: 0 });
    expect((await policy.nextTurn(request, signal)).text).toBe(second.acted.text);
    const twice = { ...request, turns: [first, interrupted, interrupted] };
    expect((await policy.nextTurn(twice, signal)).text).toBe(turns[2]?.acted.text);
  });

  test('counts words as tokens', async () => {
    const { turns } = await play({ mistakes: none });
    expect(turns[0]?.acted.usage).toMatchObject({ inputTokens: 8, outputTokens: 2, usd: 0 });
    const seen = words(turns[0]?.observed.observations[0]?.output ?? '').length;
    expect(turns[1]?.acted.usage.inputTokens).toBe(8 + 2 + seen);
  });

  test('does not answer when it was told to stop', async () => {
    const request = { rollout: 'r', instructions: 'x', turns: [] };
    const policy = createScripted({ mistakes: usual, seed: 0 });
    await expect(policy.nextTurn(request, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe('a scripted policy', () => {
  test.each([
    ['wrongValue', 0],
    ['codeSkipped', 0],
    ['givesUp', 0],
    ['runSkipped', 0.3],
    ['reportSkipped', 0.6],
    ['miscopied', 0.6],
    ['wastedTurn', 1],
  ] as const)('that always errs by %s scores %d', async (mistake, score) => {
    const attempt = await play({ mistakes: { ...none, [mistake]: 1 } });
    // A wrong configuration reaches the right number by chance once in a hundred; on this paper it does not.
    expect(attempt.score).toBeCloseTo(score, 12);
  });

  test('that always forgets warmup loses just the experiments that set it', async () => {
    const share = paper.experiments.filter(({ warmup }) => warmup === undefined).length / paper.experiments.length;
    expect((await play({ mistakes: { ...none, warmupForgotten: 1 } })).score).toBeCloseTo(share, 12);
  });
});
