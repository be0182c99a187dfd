import { expect, test } from '@jest/globals';
import { newLines } from '../../../cli/watch/lines.ts';
import { screen } from '../../../cli/watch/screen.ts';
import { createView } from '../../../cli/watch/view.ts';
import { stageBoard } from '../../../core/board.ts';
import { runBoard, waitingStage } from '../../../core/run-board.ts';
import type { RunStatus, StageStatus, State } from '../../../core/status.ts';

const BEGAN = '2026-01-01T00:00:00.000Z';
const AT = Date.parse(BEGAN) + 20_000;

const distill = (changes: Partial<StageStatus> = {}): StageStatus => ({
  ...stageBoard('distill', BEGAN),
  planned: 8,
  ...changes,
});
const status = (
  stage: StageStatus,
  now: { state: State; waitsFor: string | null } = { state: 'running', waitsFor: null },
): RunStatus => runBoard('r', [stage, waitingStage('evaluate-idle')], now);

test('the beginning of a stage is worth a line', () => {
  expect(newLines(undefined, status(waitingStage('distill')), AT)).toEqual([]);
  expect(newLines(status(waitingStage('distill')), status(distill()), AT)).toEqual(['distill begins']);
});

test('progress is worth a line at every quarter of a stage, and not at every rollout', () => {
  const [none, one, two] = [distill(), distill({ scored: 1 }), distill({ scored: 1, infraFailed: 1, meanScore: 0.25 })];
  expect(newLines(status(none), status(one), AT)).toEqual([]);
  expect(newLines(status(one), status(two), AT)).toEqual(['distill: 1 of 8 scored, mean 0.250, 1 infra-failed']);
  expect(newLines(status(two), status(two), AT)).toEqual([]);
});

test('the end of a stage is worth a line with its figures and its time', () => {
  const ended = distill({
    scored: 7,
    cancelled: 1,
    meanScore: 0.5,
    state: 'completed',
    endedAt: new Date(AT).toISOString(),
  });
  expect(newLines(status(distill({ scored: 7 })), status(ended), AT)).toEqual([
    'distill is completed: 7 of 8 scored, mean 0.500, 1 cancelled in 20 s',
  ]);
});

test('a training stage shows its steps and its loss instead of rollouts', () => {
  const half = stageBoard('sft', BEGAN);
  const at = (step: number, loss: number): StageStatus => ({ ...half, training: { step, steps: 900, loss } });
  expect(newLines(status(at(1, 5.9)), status(at(450, 0.31)), AT)).toEqual(['sft: step 450 of 900, loss 0.310']);
  const [, row = ''] = screen(status(at(450, 0.31)), { ui: 'http://ui', at: AT });
  expect(row).toContain('████████████░░░░░░░░░░░░   450/900  loss 0.310');
  expect(row).toContain('about 20 s left');
});

test('a run that waits for a person says what for, once', () => {
  const parked = status(distill(), { state: 'parked', waitsFor: 'waits for resume, skip or abort' });
  expect(newLines(status(distill()), parked, AT)).toEqual(['r is parked: waits for resume, skip or abort']);
  expect(newLines(parked, parked, AT)).toEqual([]);
  expect(newLines(parked, status(distill()), AT)).toEqual(['r is running']);
});

test('the live view has a bar, the figures so far and the time left for each stage, and the UI’s address', () => {
  const lines = screen(status(distill({ scored: 3, infraFailed: 1, meanScore: 0.5, inFlight: 2 })), {
    ui: 'http://ui',
    at: AT,
  });
  expect(lines).toEqual([
    'r  running',
    '  distill        ████████████░░░░░░░░░░░░       4/8  mean 0.500  1 infra-failed  2 in flight  about 20 s left',
    '  evaluate-idle  waiting',
    'http://ui/namespaces/default/workflows/r   Ctrl-C leaves the run resumable',
  ]);
});

test('a terminal is redrawn in place, within its width', () => {
  let shown = '';
  const view = createView({ isTTY: true, columns: 20, write: (text: string) => (shown += text) }, 'http://ui');
  view.status(status(distill()));
  expect(shown.split('\n').every((line) => line.length < 20)).toBe(true);
  shown = '';
  view.status(status(distill({ scored: 1 })));
  expect(shown.startsWith('\u001b[4A\u001b[J')).toBe(true);
  shown = '';
  view.line('judge.0 ended');
  expect(shown.startsWith('\u001b[4A\u001b[Jjudge.0 ended\nr  running\n')).toBe(true);
});

test('what is no terminal gets plain lines', () => {
  let shown = '';
  const view = createView({ write: (text: string) => (shown += text) }, 'http://ui');
  view.status(status(distill()));
  view.status(status(distill({ scored: 1 })));
  view.line('judge.0 ended');
  view.end();
  expect(shown).toBe('distill begins\njudge.0 ended\n');
});
