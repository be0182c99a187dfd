import { keys } from '../../core/names.ts';
import { deriveSeed } from '../../core/random.ts';
import { READING_COMMANDS } from '../../core/reading.ts';
import { observationTokens, type StudentSettings } from '../../core/student.ts';
import { contextOf } from '../../core/transcript.ts';
import type { ToolCall, Usage } from '../../core/trajectory.ts';
import { WindowError } from '../../core/windows.ts';
import { invalidInput } from '../failures.ts';
import { providerAway, providerRefused } from '../models/model-error.ts';
import { readAddress } from '../serving/address.ts';
import { engineClient, enginesInUse } from '../serving/engines.ts';
import { callsInText, withoutCalls } from '../agent/tools/calls-in-text.ts';
import { cutCall, parseCall } from '../agent/tools/parse-call.ts';
import type { ToolName } from '../agent/tools/tools.ts';
import type { Store } from '../store.ts';
import type { Renderer } from '../tokens/renderer.ts';
import { createTranscriber, type Transcribe } from '../tokens/transcribe.ts';
import { CompletionsError, createCompletionsClient, type Completion } from './completions-client.ts';
import { PATIENCE, patiently, type Patience } from './patience.ts';
import { ContextFull, type Policy, type PolicyAnswer, type PolicyRequest } from './policy.ts';
import { rendererOf } from './renderers.ts';

export interface StudentOptions {
  settings: StudentSettings;
  store: Store;
  /** What plays: a checkpoint, or a name that stands for one after the other. */
  run: string;
  checkpoint: string;
  /** The checkpoint whose folder has the tokenizer; the one that plays where none is named. */
  tokenizer?: string;
  /** Seeds every turn, together with the rollout's id and the turn's number. */
  seed: number | string;
  patience?: Patience;
}

/**
 * A served checkpoint, asked by tokens: what it sampled stands in its next prompt, and in its training rows, as it was sampled.
 * Of one rollout each turn is put into tokens once; an attempt that takes a rollout up again makes the same of the turn log.
 */
export function createStudent(options: StudentOptions): Policy {
  let opened: Promise<Voice> | undefined;

  async function nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer> {
    signal.throwIfAborted();
    opened ??= openVoice(options);
    const voice = await opened;
    const { settings } = options;
    const promptTokenIds = promptOf(settings, voice, request);
    let tries = 0;
    const { value: completion, waitedSeconds } = await patiently(
      () => complete(options, { voice, promptTokenIds, request, tries: tries++ }, signal),
      { patience: options.patience ?? PATIENCE, signal, onWait: request.onWait },
    ).catch((error: unknown) => {
      throw afterPatience(settings, error);
    });
    return { ...answerOf(voice.renderer, { completion, turn: request.turns.length, settings }), waitedSeconds };
  }

  return { nextTurn };
}

interface Voice {
  renderer: Renderer;
  transcribe: Transcribe;
}

async function openVoice({ settings, store, run, checkpoint, tokenizer = checkpoint }: StudentOptions): Promise<Voice> {
  const renderer = await rendererOf(store.path(keys.checkpoint(run, tokenizer)), settings.renderer);
  const cap = observationTokens(settings);
  const turn = renderer.opening.length + settings.sampling.maxTokens + cap;
  if (turn > settings.windows.reserve) {
    throw invalidInput(
      `a turn of this student may take ${turn} tokens, more than the reserve of ${settings.windows.reserve}`,
    );
  }
  const rows = { observationTokens: cap, reading: [...READING_COMMANDS], sampledIds: true };
  return { renderer, transcribe: createTranscriber(renderer, rows) };
}

/** What the model is to go on from: prefix, window so far, and the generation prompt. */
function promptOf({ windows }: StudentSettings, { renderer, transcribe }: Voice, request: PolicyRequest): number[] {
  try {
    const context = contextOf(transcribe(request.instructions, request.turns), windows);
    return [...context, ...renderer.opening];
  } catch (error) {
    if (error instanceof WindowError) throw new ContextFull(error.message, { cause: error });
    throw error;
  }
}

interface Question {
  voice: Voice;
  promptTokenIds: number[];
  request: PolicyRequest;
  tries: number;
}

interface Asker {
  rollout: string;
  /** How often the turn was asked for before. */
  tries: number;
}

/** One try. The address is read each time: a server that came back answers elsewhere. */
async function complete(options: StudentOptions, question: Question, signal: AbortSignal): Promise<Completion> {
  const { seed, settings } = options;
  const { voice, promptTokenIds, request, tries } = question;
  const { maxTokens, temperature, topP } = settings.sampling;
  const { model, client } = await connect(options, { rollout: request.rollout, tries });
  try {
    return await client.complete({
      model,
      promptTokenIds,
      maxTokens,
      temperature,
      topP,
      seed: deriveSeed(seed, request.rollout, request.turns.length),
      stopTokenIds: [voice.renderer.endOfTurnId],
      session: request.rollout,
      signal,
    });
  } catch (error) {
    throw refused(error);
  }
}

/**
 * Engines that somebody else runs are shared out by rollout, so that each finds its prompts in a cache; a rollout that has
 * tried in vain asks the next one.
 */
async function connect({ settings: { server }, store, run, checkpoint }: StudentOptions, asker: Asker) {
  if (server.type !== 'embedded') {
    const engines = await enginesInUse(store, { run, name: checkpoint }, server);
    const baseUrl = engines[(deriveSeed(asker.rollout) + asker.tries) % engines.length] as string;
    return { model: server.model, client: engineClient(server, baseUrl) };
  }
  const address = await readAddress(store, run, checkpoint);
  if (!address) throw new CompletionsError('unavailable', `checkpoint ${checkpoint} of run ${run} is not served`);
  return { model: address.model, client: createCompletionsClient({ baseUrl: address.baseUrl }) };
}

/** What would be refused again is not waited for. */
function refused(error: unknown): unknown {
  if (!(error instanceof CompletionsError) || error.kind !== 'bad-request') return error;
  return invalidInput(`the policy server refused the prompt: ${error.message}`);
}

/**
 * The failure that Temporal sees once nobody waits any more. A server that is busy or away is not the rollout's fault; the embedded
 * one lacks a model only until that is loaded again, but on engines that somebody else runs a person has to look for it.
 */
function afterPatience({ server }: StudentSettings, error: unknown): unknown {
  if (!(error instanceof CompletionsError)) return error;
  const { kind, status, message, retryAfter } = error;
  if (status === 404 && server.type !== 'embedded') {
    return providerRefused(`no engine serves ${server.model} (${message}); mend it, then resume`, error);
  }
  if (kind === 'rate-limited') return providerAway('busy', { message, retryAfter, cause: error });
  return kind === 'unavailable' ? providerAway('gone', { message, retryAfter, cause: error }) : error;
}

interface Answered {
  completion: Completion;
  turn: number;
  settings: StudentSettings;
}

function answerOf(renderer: Renderer, { completion, turn, settings }: Answered): PolicyAnswer {
  const { tokenIds, logProbs, policyVersion, finishReason } = completion;
  const said = renderer.decode(tokenIds);
  const { toolFormat, tools } = settings.renderer;
  const isCut = finishReason === 'length';
  const spoken = toolFormat === 'plain' ? commandIn(said, turn) : callsOf(said, { turn, tools, isCut });
  return { ...spoken, usage: usageOf(completion), policyVersion, tokenIds, logProbs };
}

type Spoken = Pick<PolicyAnswer, 'text' | 'calls' | 'stop'>;

/** Whatever was sampled is the command, for the shell to answer; only `submit` is something else. */
function commandIn(text: string, turn: number): Spoken {
  const id = `t${turn}.0`;
  const isSubmit = text.trim() === 'submit';
  return { text, calls: [isSubmit ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command: text } }] };
}

function callsOf(
  said: string,
  { turn, tools, isCut }: { turn: number; tools: readonly ToolName[]; isCut: boolean },
): Spoken {
  const calls = callsInText(said).map((call, index): ToolCall => {
    const parsed = isCut && call.isOpen ? cutCall(call.name) : parseCall(call, tools);
    return { id: `t${turn}.${index}`, ...parsed };
  });
  return { text: withoutCalls(said), calls, ...(isCut ? { stop: 'max_tokens' } : {}) };
}

const usageOf = ({ usage: { promptTokens, cachedTokens, completionTokens } }: Completion): Usage => ({
  inputTokens: promptTokens - cachedTokens,
  outputTokens: completionTokens,
  cacheReadTokens: cachedTokens,
  cacheWriteTokens: 0,
  usd: 0,
});
