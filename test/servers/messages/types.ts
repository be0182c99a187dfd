/** A request's body as it came; validated before a brain sees it. */
export interface Body {
  model: string;
  max_tokens: number;
  messages: { role: 'user' | 'assistant'; content: string | Block[] }[];
  system?: string | Block[];
  tools?: { name: string; description?: string; input_schema: object; cache_control?: object }[];
  tool_choice?: { type: string; name?: string; disable_parallel_tool_use?: boolean };
  thinking?: { type: string; budget_tokens?: number };
  temperature?: number;
  stream?: boolean;
}

export interface Block {
  type: string;
  [field: string]: unknown;
}

/** What the brain says; ids and signatures are the server's. */
export interface Reply {
  content: Block[];
  stopReason?: string;
}

/** A function from request to reply: what the model behind the server would say. `count` numbers the requests from 1. */
export type Brain = (body: Body, count: number) => Reply | Promise<Reply>;

/** What goes wrong with one request. */
export type Fault =
  /** Refused before anything is said; it takes nothing from the limits. */
  | { type: 'status'; status: number; error?: string; message?: string; headers?: Record<string, string> }
  /** The connection breaks after so many events. */
  | { type: 'broken'; afterEvents: number }
  /** An `error` event in mid-answer. */
  | { type: 'error-event'; error: string; afterEvents: number }
  /** The input of the first tool call is this text instead. */
  | { type: 'malformed-input'; text: string }
  /** So many milliseconds pass before each event. */
  | { type: 'trickle'; ms: number }
  /** Nothing is ever said. */
  | { type: 'hang' };

export interface Limits {
  requestsPerMinute?: number;
  inputTokensPerMinute?: number;
}

export interface ServerOptions {
  brain: Brain;
  /** Keys that are let in; `sk-test` where none are given. Those in `forbidden` are known and refused (403). */
  keys?: readonly string[];
  forbidden?: readonly string[];
  models?: readonly string[];
  contextTokens?: number;
  limits?: Limits;
  /** Milliseconds before the first event. */
  latencyMs?: number;
  fault?: (body: Body, count: number) => Fault | undefined;
  /** Looks before a batch has ended. */
  batchPolls?: number;
  /** Prefixes of fewer tokens are not cached: 1024 in the API. */
  minCacheTokens?: number;
}

/** What a request was and what became of it. */
export interface Served {
  /** Milliseconds on this process's clock. */
  at: number;
  /** 0 where the answer broke off. */
  status: number;
  body: Body;
  headers: Record<string, string>;
  usage?: Usage;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens_details: { thinking_tokens: number };
}

/** A refusal as the API words it. */
export class Refused extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export const badRequest = (message: string): Refused => new Refused(400, 'invalid_request_error', message);

export const blocksOf = (content: string | Block[]): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
