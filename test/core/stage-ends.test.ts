import { expect, test } from '@jest/globals';
import { endOf, type Progress, type StepFacts } from '../../core/curriculum.ts';
import { endRules } from '../../core/rl-settings.ts';

const rules = (given: object = {}) => ({ steps: 10, ends: endRules.parse(given) });
const after = (scores: (number | null)[], more: Partial<Progress> = {}): Progress => ({
  done: scores.length,
  facts: scores.map((meanScore): StepFacts => ({ meanScore, cutShare: 0.5 })),
  cost: { usd: 0, sandboxSeconds: 0 },
  approved: false,
  ...more,
});

test('a stage goes on until its steps are done', () => {
  expect(endOf(rules(), after([]))).toBeNull();
  expect(endOf(rules(), after([0.1], { done: 9 }))).toBeNull();
  expect(endOf(rules(), after([0.1], { done: 10 }))).toBe('steps');
});

test('a flat score ends it: the mean of the last steps is not enough above that of as many before them', () => {
  const flat = rules({ flatScore: { steps: 2, gain: 0.01 } });
  expect(endOf(flat, after([0.3, 0.4, 0.35]))).toBeNull();
  expect(endOf(flat, after([0.3, 0.4, 0.36, 0.36]))).toBeNull();
  expect(endOf(flat, after([0.3, 0.4, 0.355, 0.355]))).toBe('flat-score');
  expect(endOf(flat, after([0.9, 0.9, 0.3, 0.4, 0.36, 0.36]))).toBeNull();
});

test('steps without a score neither raise nor lower the mean', () => {
  const flat = rules({ flatScore: { steps: 2, gain: 0.01 } });
  expect(endOf(flat, after([0.3, null, 0.4, null]))).toBeNull();
  expect(endOf(flat, after([null, null, 0.4, 0.4]))).toBeNull();
});

test('a small share of rollouts that the timeout cut ends it', () => {
  const cut = (share: number) => after([0.1], { facts: [{ meanScore: 0.1, cutShare: share }] });
  expect(endOf(rules({ cutShare: 0.1 }), cut(0.11))).toBeNull();
  expect(endOf(rules({ cutShare: 0.1 }), cut(0.1))).toBe('cut-share');
});

test('no score and no share ends it before its first steps', () => {
  const patient = rules({ after: 3, cutShare: 1 });
  expect(endOf(patient, after([0.1, 0.1]))).toBeNull();
  expect(endOf(patient, after([0.1, 0.1, 0.1]))).toBe('cut-share');
});

test('a budget that is spent ends it, in dollars or in hours of sandboxes', () => {
  const budget = rules({ after: 9, budget: { usd: 10, sandboxHours: 2 } });
  expect(endOf(budget, after([0.1], { cost: { usd: 9.99, sandboxSeconds: 7199 } }))).toBeNull();
  expect(endOf(budget, after([0.1], { cost: { usd: 10, sandboxSeconds: 0 } }))).toBe('budget');
  expect(endOf(budget, after([0.1], { cost: { usd: 0, sandboxSeconds: 7200 } }))).toBe('budget');
});

test('an operator who approves of it ends it, with the step that is being made', () => {
  expect(endOf(rules({ after: 9 }), after([], { approved: true }))).toBeNull();
  expect(endOf(rules({ after: 9 }), after([0.1], { approved: true }))).toBe('approved');
});
