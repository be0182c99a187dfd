import { expect, test } from '@jest/globals';
import { agentSettings, rulesOf } from '../../../core/agent/settings.ts';
import { refusalToSubmit } from '../../../core/agent/submission-rule.ts';
import { inWords, timeReminder } from '../../../core/agent/time-reminder.ts';
import { pageLine } from '../../../core/agent/reading-progress.ts';
import { turnOf } from '../../support/turns.ts';

const PAPER = 'paper/paper.md';
const guarded = rulesOf(agentSettings.parse({}), { type: 'folder' });
const page = (number: number) =>
  turnOf(number, [
    { name: 'read_file', input: { path: PAPER, page: number }, output: `${pageLine(PAPER, number, 2)}\nwords` },
  ]);
const at = (active: number, pages: number[]) => ({ turns: pages.map(page), active, budget: 7200 });

test.each([
  { what: 'nothing is read', moment: at(7000, []), words: `read ${PAPER} first` },
  { what: 'pages are left', moment: at(7000, [1]), words: 'pages 2 of 2' },
  { what: 'it is early', moment: at(600, [1, 2]), words: '10 min of 2 h 00 min are used' },
])('on papers a submission is refused while $what, in words that can be acted on', ({ moment, words }) => {
  expect(refusalToSubmit(guarded, PAPER, moment)).toContain(words);
});

test('it stands when the paper is read and the time is used', () => {
  expect(refusalToSubmit(guarded, PAPER, at(3600, [1, 2]))).toBeUndefined();
});

test('on micropapers it is free, and where the recipe says so on papers too', () => {
  const micro = { type: 'micropapers' } as const;
  expect(refusalToSubmit(rulesOf(agentSettings.parse({}), micro), PAPER, at(0, []))).toBeUndefined();
  const free = rulesOf(agentSettings.parse({ submit: 'free' }), { type: 'folder' });
  expect(refusalToSubmit(free, PAPER, at(0, []))).toBeUndefined();
});

test('the time is told after every fifth turn on papers, and never on micropapers', () => {
  const told = (turn: number) => timeReminder(guarded, { turn, active: 4000, budget: 7200 });
  expect([0, 3, 4, 5, 9].map(told)).toEqual([
    undefined,
    undefined,
    '[time: 1 h 06 min used, 53 min left of 2 h 00 min]',
    undefined,
    '[time: 1 h 06 min used, 53 min left of 2 h 00 min]',
  ]);
  const micro = rulesOf(agentSettings.parse({}), { type: 'micropapers' });
  expect(timeReminder(micro, { turn: 4, active: 0, budget: 100 })).toBeUndefined();
});

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h 00 min'],
  [43_260, '12 h 01 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});
