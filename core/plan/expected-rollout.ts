import { seconds } from '../duration.ts';
import type { RolloutSettings } from '../rollout-settings.ts';
import { splitTurns, type WindowLimits } from '../windows.ts';
import type { Assumptions } from './assumptions.ts';

/** How one policy plays one task, as far as the recipe says. */
export interface Playing {
  timeout: string;
  settings: Pick<RolloutSettings, 'clock' | 'maxTurns'>;
  /** What it sees of its past; null where it sees all of it. */
  windows: WindowLimits | null;
  /** The longest answer and the longest observation that it can have; null where there is no such limit. */
  limits: { actionTokens: number; observationTokens: number } | null;
}

/** What one rollout is expected to take. */
export interface ExpectedRollout {
  turns: number;
  /** Measured seconds that it holds a slot. */
  slotSeconds: number;
  /** Tokens of all its prompts together, and those of them that no prompt before had. */
  promptTokens: number;
  newTokens: number;
  outputTokens: number;
  windows: number;
  /** Tokens of its windows as training rows. */
  rowTokens: number;
}

/** A rollout of turns that are all alike, cut where the recipe cuts it. */
export function expectedRollout(playing: Playing, assumed: Assumptions): ExpectedRollout {
  const { limits, windows: split } = playing;
  const turns = turnsOf(playing, assumed);
  const action = Math.min(assumed.actionTokens, limits?.actionTokens ?? Infinity);
  const turn = action + Math.min(assumed.observationTokens, limits?.observationTokens ?? Infinity);
  const all = { maxTokens: Infinity, overlap: 0, reserve: turn };
  const windows = splitTurns(
    assumed.prefixTokens,
    Array.from({ length: turns }, () => turn),
    split ?? all,
  );
  const prompts = windows.map(({ tokens, to, trainedFrom }) => {
    const made = to - trainedFrom;
    // Its prompts grow by one turn each; the last turn itself is in none of them.
    return made * tokens - (turn * made * (made + 1)) / 2;
  });
  const rowTokens = sum(windows.map(({ tokens }) => tokens));
  return {
    turns,
    slotSeconds: slotSecondsOf(turns, playing, assumed),
    promptTokens: sum(prompts),
    // A window's last prompt holds all of it but the turn that it asks for; every prompt begins with the prefix.
    newTokens: rowTokens - windows.length * (turn + assumed.prefixTokens) + assumed.prefixTokens,
    outputTokens: turns * action,
    windows: windows.length,
    rowTokens,
  };
}

/** Turns until it ends by itself, by the recipe's number of turns or by its time budget. */
function turnsOf({ timeout, settings: { clock, maxTurns } }: Playing, assumed: Assumptions): number {
  const each = clock.type === 'virtual' ? clock.turnSeconds + clock.callSeconds : assumed.secondsPerTurn;
  const within = each > 0 ? Math.max(1, Math.floor(seconds(timeout) / each)) : Infinity;
  return Math.min(assumed.turns, maxTurns, within);
}

/** A wall clock measures what the budget counts; behind a virtual one the machine has its own pace. */
function slotSecondsOf(turns: number, { timeout, settings }: Playing, assumed: Assumptions): number {
  if (settings.clock.type === 'virtual') return turns * assumed.slotSecondsPerTurn;
  return Math.min(seconds(timeout), turns * assumed.secondsPerTurn);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
