import { words } from '../../core/micropaper/vocabulary.ts';
import type { ScriptedMistakes } from '../../core/micropaper/mistakes.ts';
import { playMicropaper, type Play } from '../../core/micropaper/strategy.ts';
import { deriveSeed } from '../../core/random.ts';
import type { Turn, Usage } from '../../core/trajectory.ts';
import type { Policy, PolicyAnswer, PolicyRequest } from './policy.ts';

export const SCRIPTED_VERSION = 'scripted-2';

/** How the scripted policy errs, and the seed from which each rollout's own is derived. */
export interface ScriptedSettings {
  mistakes: ScriptedMistakes;
  seed: number | string;
}

/**
 * A program that plays a fixed strategy on micropapers; no model. Each turn follows from the turns so far and the rollout's
 * seed, so a rollout that is taken up again goes on exactly as it would have. What was played is kept only to save the time.
 */
export function createScripted({ mistakes, seed }: ScriptedSettings): Policy {
  let before: Playing | undefined;

  async function nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer> {
    signal.throwIfAborted();
    const goesOn = before?.rollout === request.rollout && isBegun(before.turns, request.turns);
    const playing = goesOn && before ? before : begin(request.rollout);
    before = undefined; // until it is where the request is: a turn that cannot be played leaves nothing behind
    goTo(playing, request.turns);
    before = playing;
    return answer(playing.step.value, request, SCRIPTED_VERSION);
  }

  function begin(rollout: string): Playing {
    const play = playMicropaper({ mistakes, seed: deriveSeed('scripted', seed, rollout) });
    return { rollout, play, step: play.next(), turns: [] };
  }

  return { nextTurn };
}

/** A rollout's strategy as far as it was played. */
interface Playing {
  rollout: string;
  play: Play;
  step: IteratorResult<string, 'submit'>;
  /** The turns that it has seen. */
  turns: Turn[];
}

/** Whether the first turns are the very ones that were seen. */
const isBegun = (seen: readonly Turn[], turns: readonly Turn[]): boolean =>
  seen.length <= turns.length && seen.every((turn, index) => turn === turns[index]);

/** One turn with one command, in the form of `toolFormat: plain`; tokens are counted as words. */
export function answer(command: string, request: PolicyRequest, policyVersion: string): PolicyAnswer {
  const id = `t${request.turns.length}.0`;
  const call = command === 'submit' ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command } };
  return {
    text: command,
    calls: [call],
    usage: usageOf(command, request),
    policyVersion,
  };
}

/** Plays the strategy on over what the turns showed, up to the first command that was not given yet. */
function goTo(playing: Playing, turns: readonly Turn[]): void {
  for (const turn of turns.slice(playing.turns.length)) {
    const { observations } = turn.observed;
    const output = observations.map((observation) => observation.output).join('\n');
    const interrupted = observations.some(({ ended }) => ended === 'interrupted');
    if (!playing.step.done) playing.step = playing.play.next({ output, interrupted });
    playing.turns.push(turn);
  }
}

const counted = new WeakMap<Turn, number>();

/** Words of a turn, counted once. */
function wordsOf(turn: Turn): number {
  const texts = (): string[] => [turn.acted.text, ...turn.observed.observations.map(({ output }) => output)];
  const count = counted.get(turn) ?? texts().reduce((sum, text) => sum + words(text).length, 0);
  counted.set(turn, count);
  return count;
}

function usageOf(text: string, { instructions, turns }: PolicyRequest): Usage {
  const inputTokens = turns.reduce((sum, turn) => sum + wordsOf(turn), words(instructions).length);
  return { inputTokens, outputTokens: words(text).length, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
}
