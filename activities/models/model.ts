import type { ModelSettings } from '../../core/models.ts';
import type { ContentBlock, Usage } from '../../core/trajectory.ts';
import type { ModelError } from './model-error.ts';
import type { OnWait } from './waiting.ts';

/** A block to send. `cache: true` marks the end of what later requests begin with too: it is paid for once. */
export type Block = ContentBlock & { cache?: boolean };

export interface Message {
  role: 'user' | 'assistant';
  content: string | readonly Block[];
}

export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of an object. */
  inputSchema: Record<string, unknown>;
}

/** `disableParallel`: one call an answer. */
export type ToolChoice =
  { type: 'auto'; disableParallel?: boolean } | { type: 'any' } | { type: 'none' } | { type: 'tool'; name: string };

/** One question, in the shape of the Messages API; what is left out is the model's own setting. */
export interface ModelRequest {
  system?: string | readonly Block[];
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  toolChoice?: ToolChoice;
  maxTokens?: number;
  temperature?: number;
  /** `off` for a short answer of a model that otherwise thinks. */
  thinking?: 'off';
}

export type StopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal' | 'model_context_window_exceeded';

export interface ModelAnswer {
  /** The provider's blocks as they came; to be sent back unchanged. */
  content: ContentBlock[];
  stopReason: StopReason;
  /** Tokens and dollars. */
  usage: Usage;
  /** The name that the provider answered under. */
  model: string;
  requestId: string | null;
  /** Of tool calls whose input was not JSON: the text as it was written, by the call's id. Their block's input is empty. */
  malformedInputs: Record<string, string>;
  /** Measured seconds in which nobody thought: the limiter, a 429, a server that was away. */
  waitedSeconds: number;
}

/** A language model behind an address. Failures are ModelErrors; an abort rejects with the signal's reason. */
export interface Model {
  /** Its name in the recipe. */
  name: string;
  settings: ModelSettings;
  /** Waits its turn under the provider's limits and as long as the recipe's patience for a provider that is busy. */
  ask(request: ModelRequest, signal: AbortSignal, onWait?: OnWait): Promise<ModelAnswer>;
  /** Where the provider answers many questions at once for less; see ask-batch.ts. */
  batches?: Batches;
}

/** What one provider says to one request: no waiting, no second try. */
export interface Provider {
  ask(request: ModelRequest, signal: AbortSignal): Promise<ProviderAnswer>;
  batches?: Batches;
}

export interface BatchItem {
  id: string;
  request: ModelRequest;
}

/** A provider's batches: begun, looked at, fetched. */
export interface Batches {
  create(items: readonly BatchItem[], signal: AbortSignal): Promise<string>;
  hasEnded(batch: string, signal: AbortSignal): Promise<boolean>;
  results(batch: string, signal: AbortSignal): Promise<Map<string, ProviderAnswer | ModelError>>;
}

export interface ProviderAnswer extends Omit<ModelAnswer, 'waitedSeconds' | 'usage'> {
  usage: Omit<Usage, 'usd'>;
  /** What the answer's headers say of the limits. */
  limits: SeenLimits;
}

/** What a provider says of its limits beside an answer; nothing where it says nothing. */
export interface SeenLimits {
  requestsPerMinute?: number | undefined;
  inputTokensPerMinute?: number | undefined;
  outputTokensPerMinute?: number | undefined;
  /** Requests that may still be made at once. */
  requestsRemaining?: number | undefined;
}

/** The text of an answer, without what was thought. */
export const textOf = (content: readonly ContentBlock[]): string =>
  content
    .filter((block) => block.type === 'text')
    .map((block) => String(block.text))
    .join('');
