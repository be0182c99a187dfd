/** What can go wrong between a policy and its server; `rate-limited` and `unavailable` pass by themselves. */
export type CompletionsFault = 'rate-limited' | 'unavailable' | 'bad-request' | 'malformed';

/** A server's failure, classified at the boundary it crossed. `retryAfter` is in seconds, where the server said so. */
export class CompletionsError extends Error {
  override readonly name = 'CompletionsError';
  readonly kind: CompletionsFault;
  readonly retryAfter: number | undefined;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(
    kind: CompletionsFault,
    message: string,
    more: { retryAfter?: number | undefined; status?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.retryAfter = more.retryAfter;
    this.status = more.status;
  }
}
