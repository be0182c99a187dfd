import type { SeenLimits } from './model.ts';
import { ModelError, type ModelFault } from './model-error.ts';

/** What a provider answered where it gave no answer. */
export interface Refusal {
  status: number | undefined;
  /** The provider's own word, such as `overloaded_error`. */
  type: string | undefined;
  message: string;
  headers: Headers | undefined;
  /** The environment variable that the key came from, for the sentence that a person reads. */
  keyVariable: string | undefined;
  cause?: unknown;
}

/** The one place where providers' refusals get our names. */
export function classify(refusal: Refusal): ModelError {
  const { status, headers, cause } = refusal;
  const kind = kindOf(refusal);
  return new ModelError(kind, sentence(kind, refusal), {
    status,
    cause,
    retryAfter: headers && retryAfter(headers),
    requestId: headers?.get('request-id') ?? headers?.get('x-request-id') ?? undefined,
    ...(headers ? { limits: limitsIn(headers) } : {}),
  });
}

/** Prompts that are too long are told by words only: the status is that of any bad request. */
const TOO_LONG =
  /prompt is too long|too many (input )?tokens|context (length|window|limit)|maximum context|request_too_large/i;
const NO_MONEY = /credit balance|insufficient_quota|billing|spend limit/i;

function kindOf({ status, type = '', message }: Refusal): ModelFault {
  const said = `${type} ${message}`;
  if (type === 'overloaded_error' || status === 529) return 'overloaded';
  if (status === 402 || type === 'billing_error' || (status !== undefined && status < 500 && NO_MONEY.test(said))) {
    return 'out-of-funds';
  }
  if (status === 429 || type === 'rate_limit_error') return 'rate-limited';
  if (status === 401 || status === 403 || type === 'authentication_error' || type === 'permission_error') {
    return 'unauthorised';
  }
  if (status === 404 || type === 'not_found_error') return 'unknown-model';
  if (status === 413 || ((status === 400 || status === 422) && TOO_LONG.test(said))) return 'context-overflow';
  if (status === 408 || status === 409 || (status !== undefined && status >= 500)) return 'unavailable';
  if (status === undefined) return type === 'invalid_request_error' ? 'bad-request' : 'unavailable';
  return 'bad-request';
}

function sentence(kind: ModelFault, { status, message, keyVariable }: Refusal): string {
  const said = `${status ?? 'in mid-answer'}: ${message}`;
  const key = keyVariable
    ? `the key in ${keyVariable}`
    : 'the request, which carries no key (apiKeyEnv names its variable)';
  if (kind === 'unauthorised')
    return `the provider refuses ${key} (${said}); mend it, start the workers again, then resume`;
  if (kind === 'out-of-funds') return `the provider refuses ${key} for want of funds (${said})`;
  if (kind === 'unknown-model') return `the provider does not know the model (${said})`;
  return said;
}

/** Seconds, whether the header gives milliseconds, seconds or a date. */
export function retryAfter(headers: Headers): number | undefined {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d+(\.\d+)?$/.test(ms)) return Number(ms) / 1000;
  const given = headers.get('retry-after');
  if (given === null) return undefined;
  const found = /^\d+(\.\d+)?$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isNaN(found) ? undefined : Math.max(0, found);
}

/** The rate limits that Anthropic and OpenAI put beside every answer. */
export function limitsIn(headers: Headers): SeenLimits {
  const number = (...names: string[]): number | undefined => {
    const text = names.map((name) => headers.get(name)).find((found) => found !== null);
    return text !== undefined && text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  return {
    requestsPerMinute: number('anthropic-ratelimit-requests-limit', 'x-ratelimit-limit-requests'),
    requestsRemaining: number('anthropic-ratelimit-requests-remaining', 'x-ratelimit-remaining-requests'),
    inputTokensPerMinute: number('anthropic-ratelimit-input-tokens-limit', 'x-ratelimit-limit-tokens'),
    outputTokensPerMinute: number('anthropic-ratelimit-output-tokens-limit'),
  };
}
