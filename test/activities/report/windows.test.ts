import { expect, test } from '@jest/globals';
import { windowsPart } from '../../../activities/report/parts/windows.ts';
import { trainingWindows } from '../../../core/windows.ts';

/** The worked example of the design: a prefix of 40, turns of 20, 20, 20, 15 and 10 tokens. */
const lengths = [20, 20, 20, 15, 10];
const windows = trainingWindows(40, lengths, {
  maxTokens: 100,
  overlap: 20,
  reserve: 20,
  overlapLoss: 'once',
  mode: 'windows',
});
const example = {
  rollout: 'demo.distill.0.train-0.0',
  prefix: 40,
  maxTokens: 100,
  turns: lengths.map((tokens) => ({ tokens, action: 5 })),
  windows,
};
const report = { stage: 'sft', trajectories: 3, leftOut: 1, rowsPerTrajectory: { 2: 2, 5: 1 }, example };

test('a reader sees how many windows trajectories became, and one of them drawn', () => {
  const { html } = windowsPart({ windows: [report] });
  expect(html).toContain('sft: 3 trajectories, 1 left out because a turn was too long');
  expect(html).toContain('5 turns in 2 windows of at most 100 tokens, each after a prefix of 40');
  expect(html).toContain('Windows per trajectory of sft: 3 in all');
});

test('a run that split nothing has no such part', () => {
  expect(windowsPart({}).html).toBe('');
  expect(windowsPart({ windows: [] }).html).toBe('');
});
