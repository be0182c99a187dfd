import { expect, test } from '@jest/globals';
import { reportPage } from '../../../activities/report/page.ts';
import { rlPart } from '../../../activities/report/parts/rl.ts';
import { sampleRlEvaluations, sampleRlStages } from './rl-sample.ts';
import { sampleReport } from './sample.ts';

const stages = sampleRlStages();
const { html } = rlPart({ stages, evaluations: sampleRlEvaluations() });
const seen = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

test('a stage shows what it started from, its steps, why it ended, how its score moved and how busy it was', () => {
  expect(seen).toMatch(/rl-850s rl-100s 6 steps 0\.\d{3} → 0\.\d{3} 2 of 36 1 \d+ s 97 % \d\d %/);
});

test.each([
  'Score by step',
  'Turns of a rollout by step',
  'How rollouts ended, by step',
  'Time of a step',
  'Slots in use by step',
  'Staleness',
  'KL to the stage’s first policy',
])('there is a chart: %s', (label) => {
  expect(html).toMatch(new RegExp(`aria-label="${label}[.,:]`));
});

test('the charts count the steps of all stages through, and name the stages above', () => {
  expect(html).toMatch(/aria-label="Turns of a rollout by step\. turns: from [\d.]+ at 1 to [\d.]+ at 20"/);
  for (const { name } of stages) expect(html).toContain(`>${name}</text>`);
});

test('held-out scores stand at the last step of the stage whose checkpoint they are of', () => {
  expect(html).toContain('heldout: from 0.5901 at 8 to 0.7748 at 20');
  expect(rlPart({ stages, evaluations: [] }).html).not.toContain('heldout');
});

test('a step is divided into playing, judging, training, syncing and the rest', () => {
  expect(html).toMatch(
    /aria-label="Time of a step, in all: rollout [\d.]+ %, judge [\d.]+ %, train [\d.]+ %, sync [\d.]+ %, rest [\d.]+ %"/,
  );
});

test('staleness is counted in turns', () => {
  expect(html).toMatch(/aria-label="Staleness: \d+ in all; 30000 from 0 to 1, \d+ from 1 to 2"/);
});

test('a metric that the trainer does not report has no chart', () => {
  const bare = stages.map((stage) => ({
    ...stage,
    rl: { ...stage.rl!, steps: stage.rl!.steps.map((step) => ({ ...step, metrics: {} })) },
  }));
  expect(rlPart({ stages: bare, evaluations: [] }).html).not.toContain('KL to');
});

test('without RL there is no such part, and a stage that made no step yet breaks nothing', () => {
  expect(rlPart({ stages: sampleReport().stages, evaluations: [] }).html).toBe('');
  const [first] = stages;
  const begun = [{ ...first!, rl: { ...first!.rl!, steps: [] } }];
  expect(reportPage(sampleReport({ stages: begun }))).toContain('Progressive RL');
  expect(reportPage(sampleReport({ stages: begun }))).not.toContain('NaN');
});

test('an evaluation says what its checkpoint gained over the one that it was trained from', () => {
  const page = reportPage(sampleReport({ evaluations: [...sampleReport().evaluations, ...sampleRlEvaluations()] }));
  expect(page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')).toMatch(
    /rl-850s 96 0\.683 ± 0\.013 \+0\.100 ± 0\.012 over rl-100s/,
  );
});
