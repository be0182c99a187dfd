import type { Http } from './completions-http.ts';

export interface CompletionRequest {
  /** The name under which a version is served. SGLang serves one model and is not told. */
  model: string;
  promptTokenIds: readonly number[];
  maxTokens: number;
  temperature: number;
  topP?: number;
  seed: number;
  /** Ends the answer; the stop token is its last token. */
  stopTokenIds: readonly number[];
  /** Names whose prompts go on from each other, which helps a prefix cache: a rollout's id. */
  session?: string;
  signal?: AbortSignal;
}

export interface Completion {
  tokenIds: number[];
  /**
   * Of each sampled token. At temperature 1 with nothing cut off, they are the training forward's. At another temperature the
   * embedded server and vLLM report the model's own, SGLang by default those after the temperature.
   */
  logProbs: number[];
  text: string;
  finishReason: 'stop' | 'length';
  /** The weights that sampled all of it. */
  policyVersion: string;
  usage: { promptTokens: number; cachedTokens: number; completionTokens: number };
}

export interface WeightUpdate {
  /** A folder that the server can read. */
  path: string;
  version: string;
  /** Which of several served models; servers of one model need none. */
  model?: string | undefined;
  /** Ends running requests (they reject as unavailable) instead of waiting for them. */
  abortRunning?: boolean;
  signal?: AbortSignal | undefined;
}

export interface Asked {
  model?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** How one kind of server is spoken to. */
export interface Dialect {
  complete(http: Http, request: CompletionRequest): Promise<Completion>;
  updateWeights(http: Http, update: WeightUpdate): Promise<void>;
  version(http: Http, asked: Asked): Promise<string>;
}
