import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { assembleRow, IGNORED, type Row } from '../../core/rows.ts';
import {
  addTurn,
  contextOf,
  openTranscript,
  prefixLength,
  turnLength,
  windowsOf,
  type Transcript,
  type TurnTokens,
} from '../../core/transcript.ts';
import { windowsConfig, type WindowsConfig } from '../../core/windows-config.ts';

const RUNS = { numRuns: 2000 };
const CLASSES = { opening: 1_000_000, action: 2_000_000, observation: 3_000_000 };

interface Shape {
  task: number;
  turns: { opening: number; action: number; observation: number; reads: boolean }[];
}

const shape: fc.Arbitrary<Shape> = fc.record({
  task: fc.integer({ min: 1, max: 30 }),
  turns: fc.array(
    fc.record({
      opening: fc.integer({ min: 0, max: 2 }),
      action: fc.integer({ min: 1, max: 9 }),
      observation: fc.integer({ min: 0, max: 9 }),
      reads: fc.boolean(),
    }),
    { maxLength: 40 },
  ),
});

/** Every token of a made transcript is unique, so that equality of tokens is equality of places. */
function make({ task, turns }: Shape): { transcript: Transcript; steps: Transcript[]; all: TurnTokens[] } {
  let next = 0;
  const ids = (count: number, base: number) => Array.from({ length: count }, () => base + next++);
  let transcript = openTranscript(ids(task, 0));
  const steps: Transcript[] = [];
  const all: TurnTokens[] = [];
  for (const { opening, action, observation, reads } of turns) {
    steps.push(transcript);
    const turn = {
      opening: ids(opening, CLASSES.opening),
      action: ids(action, CLASSES.action),
      logProbs: Array.from({ length: action }, () => -1 - next++),
      observation: ids(observation, CLASSES.observation),
    };
    all.push(turn);
    transcript = addTurn(transcript, turn, reads);
  }
  return { transcript, steps, all };
}

/** A configuration that this transcript fits into, tightly for a small `slack`. */
function configFor(transcript: Transcript, slack: number): WindowsConfig {
  const [overlap, reserve] = [12, 20];
  const maxTokens = prefixLength(transcript) + overlap + reserve + slack;
  return windowsConfig.parse({ maxTokens, overlap, reserve });
}

const rowsOf = (transcript: Transcript, config: WindowsConfig): Row[] =>
  windowsOf(transcript, config).map((window) => assembleRow(transcript, window));

const anyTrajectory = [shape, fc.integer({ min: 0, max: 60 })] as const;

// Training rows of random trajectories

test('the prompt of every turn equals, token for token, the part of the training window before its action', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript, steps, all } = make(drawn);
      const config = configFor(transcript, slack);
      const rows = rowsOf(transcript, config);
      for (const [index, turn] of all.entries()) {
        const prompt = [...contextOf(steps[index] as Transcript, config), ...turn.opening];
        const first = turn.action[0] as number;
        const row = rows.find(({ labels }) => labels.includes(first)) as Row;
        expect(row.input_ids.slice(0, row.labels.indexOf(first))).toEqual(prompt);
      }
    }),
    RUNS,
  );
});

test('every action token is trained exactly once, nothing else is, and log-probs stand at their tokens', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript, all } = make(drawn);
      const rows = rowsOf(transcript, configFor(transcript, slack));
      const labels = rows.flatMap((row) => row.labels.filter((label) => label !== IGNORED));
      expect(labels).toEqual(all.flatMap((turn) => turn.action));
      const logProbs = rows.flatMap((row) =>
        (row.old_logprobs as number[]).filter((_, i) => row.labels[i] !== IGNORED),
      );
      expect(logProbs).toEqual(all.flatMap((turn) => turn.logProbs ?? []));
      for (const row of rows) {
        row.labels.forEach((label, i) => expect(label === IGNORED || label === row.input_ids[i]).toBe(true));
      }
    }),
    RUNS,
  );
});

test('the prefix stands whole at the head of each window, and no row exceeds maxTokens', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript } = make(drawn);
      const config = configFor(transcript, slack);
      const prefix = [
        ...transcript.task,
        ...transcript.reading.flatMap((turn) => [...turn.opening, ...turn.action, ...turn.observation]),
      ];
      for (const row of rowsOf(transcript, config)) {
        expect(row.input_ids.slice(0, prefix.length)).toEqual(prefix);
        expect(row.input_ids.length).toBeLessThanOrEqual(config.maxTokens);
        expect(row.labels).toHaveLength(row.input_ids.length);
      }
    }),
    RUNS,
  );
});

test('the union of the windows, carried-over turns counted once, is the trajectory', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript, all } = make(drawn);
      if (all.length === 0) return;
      const rows = rowsOf(transcript, configFor(transcript, slack));
      const union = [...new Set(rows.flatMap((row) => row.input_ids))];
      const whole = all.flatMap((turn) => [...turn.opening, ...turn.action, ...turn.observation]);
      expect(union).toEqual([...transcript.task, ...whole]);
    }),
    RUNS,
  );
});

test('with overlapLoss both, all turns of every window are trained and the prefix still once', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript } = make(drawn);
      const config: WindowsConfig = { ...configFor(transcript, slack), overlapLoss: 'both' };
      for (const window of windowsOf(transcript, config)) {
        const turns = [
          ...(window.index === 0 ? transcript.reading : []),
          ...transcript.turns.slice(window.from, window.to),
        ];
        const labels = assembleRow(transcript, window).labels.filter((label) => label !== IGNORED);
        expect(labels).toEqual(turns.flatMap((turn) => turn.action));
      }
    }),
    RUNS,
  );
});

test('the truncated baseline is the first maxTokens tokens of the trajectory', () => {
  fc.assert(
    fc.property(...anyTrajectory, (drawn, slack) => {
      const { transcript, all } = make(drawn);
      if (all.length === 0) return;
      const config: WindowsConfig = { ...configFor(transcript, slack), mode: 'truncated' };
      const whole = all.flatMap((turn) => [...turn.opening, ...turn.action, ...turn.observation]);
      const [row, ...others] = rowsOf(transcript, config) as [Row];
      expect(others).toEqual([]);
      expect(row.input_ids).toEqual([...transcript.task, ...whole].slice(0, config.maxTokens));
      const isAction = (id: number) => id >= CLASSES.action && id < CLASSES.observation;
      expect(row.labels).toEqual(row.input_ids.map((id) => (isAction(id) ? id : IGNORED)));
    }),
    RUNS,
  );
});

// A transcript

const turn = (action: number[]): TurnTokens => ({ opening: [7], action, observation: [8, 9] });

test('pins reading turns at the start and none after the first other turn', () => {
  let transcript = openTranscript([1, 2]);
  for (const reads of [true, true, false, true]) transcript = addTurn(transcript, turn([3]), reads);
  expect([transcript.reading.length, transcript.turns.length]).toEqual([2, 2]);
  expect(prefixLength(transcript)).toBe(2 + 2 * turnLength(turn([3])));
});

test('without turns has no windows, and with reading turns alone one', () => {
  const config = windowsConfig.parse({ maxTokens: 40, overlap: 4, reserve: 10 });
  expect(windowsOf(openTranscript([1, 2]), config)).toEqual([]);
  const read = addTurn(openTranscript([1, 2]), turn([3]), true);
  expect(rowsOf(read, config)).toEqual([
    { input_ids: [1, 2, 7, 3, 8, 9], labels: [IGNORED, IGNORED, IGNORED, 3, IGNORED, IGNORED] },
  ]);
});

test('has no log-probs in its rows where a trained action came without them', () => {
  const config = windowsConfig.parse({ maxTokens: 40, overlap: 4, reserve: 10 });
  const sampled = addTurn(openTranscript([1]), { ...turn([3]), logProbs: [-0.5] }, false);
  expect(rowsOf(sampled, config)[0]).toHaveProperty('old_logprobs', [0, 0, -0.5, 0, 0]);
  expect(rowsOf(addTurn(sampled, turn([4]), false), config)[0]).not.toHaveProperty('old_logprobs');
});
