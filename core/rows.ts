import type { Transcript, TurnTokens } from './transcript.ts';
import type { Window } from './windows.ts';

/** What Hugging Face losses take for "not trained". */
export const IGNORED = -100;

/** One training row; all lists have the window's length. `labels` are the ids themselves where trained, else IGNORED. */
export interface Row {
  input_ids: number[];
  labels: number[];
  /** Log-probs of the trained tokens as they were sampled, 0 elsewhere; only where every trained action has them. */
  old_logprobs?: number[];
}

interface Cursor {
  row: Required<Row>;
  at: number;
  /** Whether a trained action came without log-probs. */
  unsampled: boolean;
}

/** The row of a window: prefix, then turns; loss on the actions from `trainedFrom` on, the prefix's in window 0. */
export function assembleRow({ task, reading, turns }: Transcript, window: Window): Row {
  const length = window.tokens;
  const row = { input_ids: filled(length, 0), labels: filled(length, IGNORED), old_logprobs: filled(length, 0) };
  const cursor: Cursor = { row, at: 0, unsampled: false };
  put(cursor, task);
  for (const turn of reading) putTurn(cursor, turn, window.index === 0);
  for (let index = window.from; index < window.to; index++) {
    putTurn(cursor, turns[index] as TurnTokens, index >= window.trainedFrom);
  }
  return cursor.unsampled ? { input_ids: row.input_ids, labels: row.labels } : row;
}

/** Filled first, so that the arrays stay packed however long they are; `Array.from` would be ten times slower. */
// oxlint-disable-next-line unicorn/no-new-array
const filled = (length: number, value: number): number[] => new Array<number>(length).fill(value);

function putTurn(cursor: Cursor, turn: TurnTokens, isTrained: boolean): void {
  put(cursor, turn.opening);
  if (isTrained) putTrained(cursor, turn);
  else put(cursor, turn.action);
  put(cursor, turn.observation);
}

function put(cursor: Cursor, ids: readonly number[]): void {
  const target = cursor.row.input_ids;
  const end = Math.min(ids.length, target.length - cursor.at);
  for (let index = 0; index < end; index++) target[cursor.at + index] = ids[index] as number;
  cursor.at += end;
}

function putTrained(cursor: Cursor, { action, logProbs }: TurnTokens): void {
  const { labels, old_logprobs: old } = cursor.row;
  const end = Math.min(action.length, labels.length - cursor.at);
  for (let index = 0; index < end; index++) {
    labels[cursor.at + index] = action[index] as number;
    if (logProbs) old[cursor.at + index] = logProbs[index] as number;
  }
  if (!logProbs) cursor.unsampled = true;
  put(cursor, action);
}
