import type { WindowsConfig } from './windows-config.ts';

/** All in tokens: what a window holds at most, what it may carry over, and the room kept for the turn to come. */
export type WindowLimits = Pick<WindowsConfig, 'maxTokens' | 'overlap' | 'reserve'>;

/** The pinned prefix, then turns `from` (included) to `to` (excluded), counted from 0. */
export interface Window {
  index: number;
  from: number;
  to: number;
  /** Turns before it are context; the prefix's own actions are trained in window 0. */
  trainedFrom: number;
  /** Tokens of the prefix. */
  prefix: number;
  /** Tokens of the whole window, the prefix included. */
  tokens: number;
}

/** What cannot fit: the prefix, or a turn (counted from 1). The message gives the numbers. */
export class WindowError extends Error {
  readonly what: 'prefix' | 'turn';

  constructor(what: 'prefix' | 'turn', message: string) {
    super(message);
    this.name = 'WindowError';
    this.what = what;
  }
}

/** The windows in which `turns` (tokens of each) are made, by the causal rule: only the past is looked at. */
export function splitTurns(prefix: number, turns: readonly number[], limits: WindowLimits): Window[] {
  let window = firstWindow(prefix, limits);
  const windows = [window];
  for (const [turn, tokens] of turns.entries()) {
    if (tokens > limits.reserve) {
      const message = `turn ${turn + 1} holds ${tokens} tokens, more than the reserve of ${limits.reserve}`;
      throw new WindowError('turn', message);
    }
    window = { ...nextWindow(window, turns, limits) };
    window.to += 1;
    window.tokens += tokens;
    windows[window.index] = window;
  }
  return windows;
}

/** The window in which the next turn is made, before anyone knows it: what the agent loop prompts with. */
export function windowBefore(prefix: number, turns: readonly number[], limits: WindowLimits): Window {
  const last = splitTurns(prefix, turns, limits).at(-1) as Window;
  return nextWindow(last, turns, limits);
}

/** The rows to train on: `splitTurns` with the recipe's `overlapLoss`, or the first `maxTokens` tokens alone. */
export function trainingWindows(prefix: number, turns: readonly number[], config: WindowsConfig): Window[] {
  const windows = splitTurns(prefix, turns, config);
  if (config.mode === 'truncated') return [truncated(prefix, turns, config.maxTokens)];
  return config.overlapLoss === 'once' ? windows : windows.map((window) => ({ ...window, trainedFrom: window.from }));
}

function firstWindow(prefix: number, { maxTokens, reserve }: WindowLimits): Window {
  if (prefix + reserve > maxTokens) {
    const message = `the prefix holds ${prefix} tokens; with a reserve of ${reserve} it does not fit into ${maxTokens}`;
    throw new WindowError('prefix', message);
  }
  return { index: 0, from: 0, to: 0, trainedFrom: 0, prefix, tokens: prefix };
}

/** The same window while a turn of the reserve's size fits; then one that begins with what may be carried over. */
function nextWindow(window: Window, turns: readonly number[], limits: WindowLimits): Window {
  const { prefix, to } = window;
  if (window.tokens + limits.reserve <= limits.maxTokens) return window;
  const room = Math.min(limits.overlap, limits.maxTokens - limits.reserve - prefix);
  let carried = 0;
  let from = to;
  while (from > 0 && carried + (turns[from - 1] as number) <= room) {
    from -= 1;
    carried += turns[from] as number;
  }
  return { index: window.index + 1, from, to, trainedFrom: to, prefix, tokens: prefix + carried };
}

function truncated(prefix: number, turns: readonly number[], maxTokens: number): Window {
  let tokens = prefix;
  let to = 0;
  while (to < turns.length && tokens < maxTokens) tokens += turns[to++] as number;
  return { index: 0, from: 0, to, trainedFrom: 0, prefix, tokens: Math.min(tokens, maxTokens) };
}
