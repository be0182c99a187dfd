import { trainingWindows, windowBefore, type Window, type WindowLimits } from './windows.ts';
import type { WindowsConfig } from './windows-config.ts';

/** One turn as tokens. Only `action` is trained: what was sampled, with the token that ends the turn. */
export interface TurnTokens {
  /** The generation prompt. */
  opening: readonly number[];
  action: readonly number[];
  /** Log-probs of `action` where it was sampled from a student. */
  logProbs?: readonly number[];
  /** Everything up to the next generation prompt: observations and what the template puts around them. */
  observation: readonly number[];
}

/** A trajectory as tokens: the prefix is the task and the reading turns, all other turns follow. */
export interface Transcript {
  task: readonly number[];
  reading: readonly TurnTokens[];
  turns: readonly TurnTokens[];
}

export const turnLength = ({ opening, action, observation }: TurnTokens): number =>
  opening.length + action.length + observation.length;

export const openTranscript = (task: readonly number[]): Transcript => ({ task, reading: [], turns: [] });

/** A reading turn joins the prefix while no other turn was made; afterwards it is a turn like any other. */
export function addTurn(transcript: Transcript, turn: TurnTokens, isReading: boolean): Transcript {
  const { reading, turns } = transcript;
  if (isReading && turns.length === 0) return { ...transcript, reading: [...reading, turn] };
  return { ...transcript, turns: [...turns, turn] };
}

/** The prompt of the next turn, without its opening: prefix and window so far. Throws WindowError when nothing fits. */
export function contextOf(transcript: Transcript, limits: WindowLimits): number[] {
  const window = windowBefore(prefixLength(transcript), transcript.turns.map(turnLength), limits);
  return windowTokens(transcript, window);
}

/** The windows to train this transcript on; none when nothing was said. */
export function windowsOf(transcript: Transcript, config: WindowsConfig): Window[] {
  if (transcript.reading.length + transcript.turns.length === 0) return [];
  return trainingWindows(prefixLength(transcript), transcript.turns.map(turnLength), config);
}

export const prefixLength = ({ task, reading }: Transcript): number =>
  reading.reduce((sum, turn) => sum + turnLength(turn), task.length);

/** All tokens of a window, in order. */
function windowTokens({ task, reading, turns }: Transcript, window: Window): number[] {
  const ids = [...task];
  for (const turn of reading) appendTurn(ids, turn);
  for (let index = window.from; index < window.to; index++) appendTurn(ids, turns[index] as TurnTokens);
  return ids;
}

function appendTurn(ids: number[], { opening, action, observation }: TurnTokens): void {
  for (const id of opening) ids.push(id);
  for (const id of action) ids.push(id);
  for (const id of observation) ids.push(id);
}
