import { words } from '../../core/micropaper/vocabulary.ts';
import type { ScriptedMistakes } from '../../core/micropaper/mistakes.ts';
import { playMicropaper, type Play } from '../../core/micropaper/strategy.ts';
import { deriveSeed } from '../../core/random.ts';
import type { Turn, Usage } from '../../core/trajectory.ts';
import type { Policy, PolicyAnswer, PolicyRequest } from './policy.ts';

export const SCRIPTED_VERSION = 'scripted-1';

/** How the scripted policy errs, and the seed from which each rollout's own is derived. */
export interface ScriptedSettings {
  mistakes: ScriptedMistakes;
  seed: number | string;
}

/**
 * A program that plays a fixed strategy on micropapers; no model. It keeps nothing between turns: each is computed from the
 * turns so far and the rollout's seed, so a rollout that is taken up again goes on exactly as it would have.
 */
export function createScripted({ mistakes, seed }: ScriptedSettings): Policy {
  async function nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer> {
    signal.throwIfAborted();
    const play = playMicropaper({ mistakes, seed: deriveSeed('scripted', seed, request.rollout) });
    return answer(nextCommand(play, request.turns), request, SCRIPTED_VERSION);
  }
  return { nextTurn };
}

/** One turn with one command, in the form of `toolFormat: plain`; tokens are counted as words. */
export function answer(command: string, { instructions, turns }: PolicyRequest, policyVersion: string): PolicyAnswer {
  const id = `t${turns.length}.0`;
  const call = command === 'submit' ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command } };
  return {
    text: command,
    calls: [call],
    usage: usageOf(command, [instructions, ...turns.flatMap(texts)]),
    policyVersion,
  };
}

/** Plays the strategy again over what the finished turns showed, up to the first command that was not given yet. */
function nextCommand(play: Play, turns: readonly Turn[]): string {
  let step = play.next();
  for (const { observed } of turns) {
    const output = observed.observations.map((observation) => observation.output).join('\n');
    const interrupted = observed.observations.some(({ ended }) => ended === 'interrupted');
    if (!step.done) step = play.next({ output, interrupted });
  }
  return step.value;
}

const texts = ({ acted, observed }: Turn): string[] => [
  acted.text,
  ...observed.observations.map(({ output }) => output),
];

function usageOf(text: string, prompt: string[]): Usage {
  const inputTokens = prompt.reduce((sum, part) => sum + words(part).length, 0);
  return { inputTokens, outputTokens: words(text).length, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
}
