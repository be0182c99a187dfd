import { expect, test } from '@jest/globals';
import { ledgerPart, ledgerSentence } from '../../../activities/report/parts/ledger.ts';

test.each([
  [
    { planned: 60, scored: 57, infraFailed: 2, cancelled: 1 },
    'The ledger closes: 60 rollouts planned = 57 scored + 2 infra-failed + 1 cancelled.',
  ],
  [
    { planned: 1, scored: 1, infraFailed: 0, cancelled: 0 },
    'The ledger closes: 1 rollout planned = 1 scored + 0 infra-failed + 0 cancelled.',
  ],
  [
    { planned: 60, scored: 57, infraFailed: 0, cancelled: 1 },
    'The ledger does not close: 60 rollouts planned, but 57 scored + 0 infra-failed + 1 cancelled make 58; 2 rollouts without an outcome.',
  ],
  [
    { planned: 3, scored: 4, infraFailed: 0, cancelled: 0 },
    'The ledger does not close: 3 rollouts planned, but 4 scored + 0 infra-failed + 0 cancelled make 4; 1 rollout that nobody planned.',
  ],
])('%j is told as a sentence', (ledger, sentence) => {
  expect(ledgerSentence(ledger)).toBe(sentence);
});

test('a ledger that does not close is set off from one that does', () => {
  const open = { planned: 2, scored: 1, infraFailed: 0, cancelled: 0 };
  expect(ledgerPart({ ledger: open }).html).toContain('class="verdict open"');
  expect(ledgerPart({ ledger: { ...open, planned: 1 } }).html).toContain('class="verdict closes"');
});
