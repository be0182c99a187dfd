import { createHash } from 'node:crypto';
import { inWords } from '../../../core/agent/time-reminder.ts';
import { addUsage } from '../../../core/trajectory.ts';
import type { WindowLimits } from '../../../core/windows.ts';
import { definitionsOf, type ToolName } from '../../agent/tools/tools.ts';
import { failureOf, ModelError } from '../../models/model-error.ts';
import type { Message, Model, ModelAnswer, ModelRequest } from '../../models/model.ts';
import type { Prompts } from '../../prompts.ts';
import { ContextFull, PolicyStalled, type Policy, type PolicyAnswer, type PolicyRequest } from '../policy.ts';
import type { Told } from '../told.ts';
import { conversation } from './conversation.ts';
import { estimateTokens, inSight } from './in-sight.ts';
import { turnOfAnswer } from './turn-of-answer.ts';

export interface ModelPolicyOptions {
  model: Model;
  prompts: Prompts;
  /** Of `prompts/agent`: which of them it is told, `paper-tools` for one. */
  prompt: string;
  /** What it can call; none where the text of its answer is the command. */
  tools: readonly ToolName[] | undefined;
  /** One call an answer: the student that learns from it makes one. */
  oneCall: boolean;
  temperature: number | undefined;
  budgetSeconds: number;
  /** Of its own windows, in tokens. */
  windows: { maxTokens: number; overlap: number; observationTokens: number };
  /** Called before its first turn with the version that its turns will bear. */
  keepTold(version: string, told: Told): Promise<void>;
}

/**
 * A language model that plays, as teacher or as anything else. It keeps nothing between turns: the conversation follows from the
 * turn log, thoughts and signatures included, so an attempt that takes a rollout up again goes on with the same one.
 */
export function createModelPolicy(options: ModelPolicyOptions): Policy {
  const { prompts, prompt, tools, budgetSeconds } = options;
  const system = prompts.fill(prompt, { budget: inWords(budgetSeconds) });
  const definitions = tools && definitionsOf(tools);
  const version = versionOf(options, { system, definitions });
  // What did not fit although it should have: the estimate was wrong for this conversation.
  const squeeze = { factor: 1 };
  let kept: Promise<void> | undefined;

  async function nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer> {
    const fixed = {
      system: [{ type: 'text', text: system, cache: true }],
      ...(definitions ? { tools: definitions } : {}),
    };
    const turn = request.turns.length;
    await (kept ??= options.keepTold(version, { system, tools: definitions ?? [] }));
    try {
      const answer = await askForTurn(options, { request, fixed, squeeze }, signal);
      return {
        ...turnOfAnswer(answer, { turn, tools }),
        usage: answer.usage,
        policyVersion: `${answer.model}/${version}`,
        waitedSeconds: answer.waitedSeconds,
        stop: answer.stopReason,
      };
    } catch (error) {
      throw failureOf(error);
    }
  }

  return { nextTurn };
}

interface Asking {
  request: PolicyRequest;
  fixed: Pick<ModelRequest, 'system' | 'tools'>;
  squeeze: { factor: number };
}

/** How often a model that refuses is asked for the same turn. */
const TRIES = 2;
const SQUEEZE = 0.8;

/** An answer that can be a turn. A refusal is not one: it would stand in every later prompt, and be repeated. */
async function askForTurn(options: ModelPolicyOptions, asking: Asking, signal: AbortSignal): Promise<ModelAnswer> {
  let before: ModelAnswer | undefined;
  for (let refusals = 0; refusals < TRIES;) {
    const messages = messagesOf(options, asking);
    const answer = await askWhole(options, { ...asking, messages }, signal);
    if (answer === 'too-long') {
      asking.squeeze.factor *= SQUEEZE;
      continue;
    }
    const whole = before ? added(before, answer) : answer;
    if (answer.stopReason !== 'refusal') return whole;
    refusals += 1;
    before = whole;
  }
  throw new PolicyStalled(`${options.model.name} refused ${TRIES} times to go on`, before?.usage);
}

function messagesOf(options: ModelPolicyOptions, { request, fixed, squeeze }: Asking): Message[] {
  const { windows } = options;
  const observationCharacters = windows.observationTokens * 3;
  const opening = JSON.stringify(fixed).length + request.instructions.length;
  const limits = limitsOf(options, squeeze.factor);
  return conversation(
    { observationCharacters },
    request,
    inSight({ limits, opening, observationCharacters }, request.turns),
  );
}

function limitsOf({ windows, model }: ModelPolicyOptions, factor: number): WindowLimits {
  const reserve = model.settings.maxTokens + estimateTokens(windows.observationTokens * 3);
  const maxTokens = Math.floor(windows.maxTokens * factor);
  if (factor < 0.1) throw new ContextFull('the model takes no prompt of this conversation, however short');
  return { maxTokens, overlap: Math.floor(windows.overlap * factor), reserve };
}

/** How often a pause is gone on from. */
const PAUSES = 10;

/** Asks, and goes on where the provider paused in mid-turn. */
async function askWhole(
  { model, temperature, oneCall }: ModelPolicyOptions,
  { fixed, messages, request: { onWait } }: Asking & { messages: readonly Message[] },
  signal: AbortSignal,
): Promise<ModelAnswer | 'too-long'> {
  const asked: ModelRequest = {
    ...fixed,
    messages,
    ...(temperature === undefined ? {} : { temperature }),
    ...(fixed.tools && oneCall ? { toolChoice: { type: 'auto', disableParallel: true } } : {}),
  };
  try {
    let answer = await model.ask(asked, signal, onWait);
    for (let pauses = 0; answer.stopReason === 'pause_turn' && pauses < PAUSES; pauses += 1) {
      const goesOn: Message[] = [...messages, { role: 'assistant', content: answer.content }];
      const more = await model.ask({ ...asked, messages: goesOn }, signal, onWait);
      answer = { ...added(answer, more), content: [...answer.content, ...more.content] };
    }
    return answer.stopReason === 'model_context_window_exceeded' ? 'too-long' : answer;
  } catch (error) {
    if (error instanceof ModelError && error.kind === 'context-overflow') return 'too-long';
    throw error;
  }
}

/** The later answer, with what both took. */
const added = (before: ModelAnswer, answer: ModelAnswer): ModelAnswer => ({
  ...answer,
  malformedInputs: { ...before.malformedInputs, ...answer.malformedInputs },
  usage: addUsage({ ...before.usage }, answer.usage),
  waitedSeconds: before.waitedSeconds + answer.waitedSeconds,
});

/** Names everything that decides what the model is told and how it answers, beside the conversation. */
function versionOf({ model, prompts, temperature, oneCall }: ModelPolicyOptions, told: object): string {
  const { maxTokens, effort } = model.settings;
  const thinking = model.settings.type === 'anthropic' ? model.settings.thinking : undefined;
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ prompts: prompts.hash, told, temperature, oneCall, maxTokens, effort, thinking }));
  return hash.digest('hex').slice(0, 12);
}
