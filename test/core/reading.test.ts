import { expect, test } from '@jest/globals';
import { isReadingTurn, READING_COMMANDS } from '../../core/reading.ts';
import { acted, observed, type Turn } from '../../core/trajectory.ts';

function turnOf(...commands: string[]): Turn {
  const calls = commands.map((command, index) => ({ id: String(index), name: 'sh', input: { command } }));
  const common = { epoch: 1, turn: 0, active: 0 };
  return {
    acted: acted.parse({ type: 'acted', ...common, text: commands.join('\n'), calls, usage: {}, policyVersion: 'v' }),
    observed: observed.parse({ type: 'observed', ...common, observations: [] }),
  };
}

const reads = (turn: Turn, before: Turn[] = []) => isReadingTurn(turn, before, READING_COMMANDS);

test('a turn whose command prints the paper is a reading turn', () => {
  expect(reads(turnOf('cat paper.md'))).toBe(true);
});

test('so is one that reads a page of it by the command for that, each page once', () => {
  const [first, second] = [turnOf('read_file paper/paper.md'), turnOf('read_file paper/paper.md page 2')];
  expect(reads(first)).toBe(true);
  expect(reads(second, [first])).toBe(true);
  expect(reads(turnOf('read_file paper/paper.md page 1'), [first, second])).toBe(false);
  expect(reads(turnOf('read_file NOTES.md'))).toBe(false);
});

test.each([['ls'], ['cat paper.md; ls'], ['cat paper.md', 'ls'], []])('%j is not a reading turn', (...commands) => {
  expect(reads(turnOf(...commands))).toBe(false);
});

test('reading again what is in the prefix already is a turn like any other', () => {
  expect(reads(turnOf('cat paper.md'), [turnOf('cat paper.md')])).toBe(false);
  expect(isReadingTurn(turnOf('tail paper.md'), [turnOf('head paper.md')], ['(head|tail) paper\\.md'])).toBe(true);
});
