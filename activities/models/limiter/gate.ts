import type { ModelLimits } from '../../../core/models.ts';
import type { SeenLimits } from '../model.ts';
import { createBucket } from './bucket.ts';
import type { Outcome, Share } from './limiter.ts';
import { createPace } from './pace.ts';

/** The limits of one provider: its buckets, who is in flight and who waits. */
export interface Gate {
  configure(limits: ModelLimits): void;
  enter(since: number, signal: AbortSignal): Promise<Share>;
  hold(): Share;
}

interface Waiter {
  since: number;
  enter(share: Share): void;
}

const now = (): number => performance.now();

/** Of the mean of what requests used: how much the newest one counts. */
const NEWEST = 0.1;

export function openGate(configured: ModelLimits): Gate {
  const state: State = {
    requests: createBucket(now),
    input: createBucket(now),
    output: createBucket(now),
    pace: createPace(now),
    waiting: [],
    configured,
    seen: {},
    meanInput: 0,
    inFlight: 0,
    timer: undefined,
  };
  return {
    configure: (limits) => void (state.configured = limits),
    enter(since, signal) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          state.waiting.splice(state.waiting.indexOf(waiter), 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          since,
          enter(share) {
            signal.removeEventListener('abort', leave);
            resolve(share);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        insert(state.waiting, waiter);
        admit(state);
      });
    },
    hold: () => take(state),
  };
}

interface State {
  requests: ReturnType<typeof createBucket>;
  input: ReturnType<typeof createBucket>;
  output: ReturnType<typeof createBucket>;
  pace: ReturnType<typeof createPace>;
  waiting: Waiter[];
  configured: ModelLimits;
  /** What the provider has said of itself. */
  seen: SeenLimits;
  /** What a request is expected to use: the mean of those before. */
  meanInput: number;
  inFlight: number;
  timer: NodeJS.Timeout | undefined;
}

/** In the order in which their requests were first wanted; nearly always at the end. */
function insert(waiting: Waiter[], waiter: Waiter): void {
  let place = waiting.length;
  while (place > 0 && (waiting[place - 1] as Waiter).since > waiter.since) place -= 1;
  waiting.splice(place, 0, waiter);
}

/** Lets in as many as there is room for, and looks again when there is more. */
function admit(state: State): void {
  clearTimeout(state.timer);
  setRates(state);
  const { waiting, configured, pace, requests, input, output } = state;
  while (waiting.length > 0 && state.inFlight < Math.max(1, Math.floor(configured.concurrent * pace.factor()))) {
    const wait = Math.max(pace.blockedFor(), requests.wait(1), input.wait(1 + state.meanInput), output.wait(1));
    if (wait > 0) {
      state.timer = setTimeout(() => admit(state), wait);
      return;
    }
    waiting.shift()?.enter(take(state));
  }
}

/** What the recipe says, where it says something; otherwise what the provider has said of itself. */
function setRates({ configured, seen, pace, ...buckets }: State): void {
  const rate = (own: number | undefined, theirs: number | undefined): number | undefined => {
    const limit = own ?? theirs;
    return limit === undefined ? undefined : limit * pace.factor();
  };
  buckets.requests.configure(rate(configured.requestsPerMinute, seen.requestsPerMinute));
  buckets.input.configure(rate(configured.inputTokensPerMinute, seen.inputTokensPerMinute));
  buckets.output.configure(rate(configured.outputTokensPerMinute, seen.outputTokensPerMinute));
}

function take(state: State): Share {
  const reserved = state.meanInput;
  state.requests.take(1);
  state.input.take(reserved);
  state.inFlight += 1;
  let open = true;
  return {
    settle(outcome) {
      if (!open) return;
      open = false;
      state.inFlight -= 1;
      account(state, outcome, reserved);
      admit(state);
    },
  };
}

function account(state: State, outcome: Outcome, reserved: number): void {
  if (outcome.type === 'failed') return;
  const { requests, input, output, pace } = state;
  state.seen = { ...state.seen, ...definedIn(outcome.limits) };
  if (outcome.type === 'refused') {
    // What is refused is not counted by the provider either.
    requests.take(-1);
    input.take(-reserved);
    return pace.refused(outcome.retryAfter, outcome.limits.requestsRemaining === 0);
  }
  pace.answered();
  const { inputTokens, cacheWriteTokens, outputTokens } = outcome.usage;
  const used = inputTokens + cacheWriteTokens;
  input.take(used - reserved);
  output.take(outputTokens);
  state.meanInput = state.meanInput === 0 ? used : state.meanInput * (1 - NEWEST) + used * NEWEST;
}

const definedIn = (limits: SeenLimits): SeenLimits =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
