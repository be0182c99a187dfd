import { z } from 'zod';

/** One call of a tool. With `toolFormat: plain` the text of the answer is the command and the call's name is `sh`. */
export const toolCall = z.object({
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  /** Why it cannot be run, which is all that comes back: it was not understood. */
  problem: z.string().optional(),
});
export type ToolCall = z.infer<typeof toolCall>;

export const usage = z.object({
  inputTokens: z.number().default(0),
  outputTokens: z.number().default(0),
  cacheReadTokens: z.number().default(0),
  cacheWriteTokens: z.number().default(0),
  /** Of the output tokens, those that were thought; unknown where the provider does not say. */
  thinkingTokens: z.number().optional(),
  usd: z.number().default(0),
});
export type Usage = z.infer<typeof usage>;

export const noUsage = (): Usage => ({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  usd: 0,
});

/** A content block of a Messages API, whatever it holds. */
export interface ContentBlock {
  type: string;
  [field: string]: unknown;
}

/** A record, because an object of known fields would move them to the front: what is read back is what was said, byte for byte. */
export const contentBlock = z
  .record(z.string(), z.unknown())
  .refine((value): value is ContentBlock => typeof value.type === 'string', 'must have a type');

/** What came back from one call, or what the agent was told besides, under an id that is no call's. */
export const observation = z.object({
  callId: z.string(),
  output: z.string(),
  exitCode: z.number().nullable(),
  /** `budget`: cut by the rollout's clock, without effect; `timeout`: by the call's own limit; `lost`: the sandbox died. */
  ended: z.enum(['exit', 'timeout', 'budget', 'killed', 'interrupted']),
  /** Seconds of the rollout's clock that this call took. */
  seconds: z.number(),
});
export type Observation = z.infer<typeof observation>;

/** The policy's answer, durable before any of its calls runs. */
export const acted = z.object({
  type: z.literal('acted'),
  epoch: z.number().int(),
  turn: z.number().int(),
  text: z.string(),
  calls: z.array(toolCall),
  usage,
  /** Which version of the policy made it. */
  policyVersion: z.string(),
  /** The provider's content blocks as they came, thinking and signatures included: they go back unchanged. */
  blocks: z.array(contentBlock).optional(),
  /** Why the provider says that the answer ends here. */
  stop: z.string().optional(),
  /** Sampled token ids and their log-probs, where the policy serves them. */
  tokenIds: z.array(z.number().int()).optional(),
  logProbs: z.array(z.number()).optional(),
  /** Measured seconds, charged to nobody, in which a provider was busy or away; absent where it was next to none. */
  waited: z.number().optional(),
  /** Active seconds on the rollout's clock once the answer was in. */
  active: z.number(),
});
export type Acted = z.infer<typeof acted>;

/** The observations of a turn; with it the turn is finished. */
export const observed = z.object({
  type: z.literal('observed'),
  epoch: z.number().int(),
  turn: z.number().int(),
  observations: z.array(observation),
  active: z.number(),
});
export type Observed = z.infer<typeof observed>;

/** How a rollout's playing ended; each end is judged as it stands. `stalled`: the policy refused, or made no call for too long. */
export const END_KINDS = ['submitted', 'budget', 'turns', 'context', 'stalled'] as const;
export type EndKind = (typeof END_KINDS)[number];

export const ended = z.object({
  type: z.literal('ended'),
  epoch: z.number().int(),
  turn: z.number().int(),
  end: z.enum(END_KINDS),
  active: z.number(),
  /** What answers took that were no turn, such as refusals. */
  lost: usage.optional(),
});

/** A new attempt has taken over: whatever a lower epoch writes below this line does not count. */
export const opened = z.object({ type: z.literal('opened'), epoch: z.number().int() });

export const turnRecord = z.discriminatedUnion('type', [opened, acted, observed, ended]);
export type TurnRecord = z.infer<typeof turnRecord>;

/** One assistant message with its calls and what came back. */
export interface Turn {
  acted: Acted;
  observed: Observed;
}

/** Whether a turn ends its rollout: it submits, and nothing came back to say that it may not. */
export const isSubmission = ({ acted, observed }: Turn): boolean =>
  acted.calls.some(({ name, id }) => name === 'submit' && !observed.observations.some(({ callId }) => callId === id));

/** The records that count: one of a lower epoch below one of a higher was written by an attempt that had lost its lease. */
export function validRecords(records: readonly TurnRecord[]): TurnRecord[] {
  let epoch = -1;
  return records.filter((record) => {
    if (record.epoch < epoch) return false;
    epoch = record.epoch;
    return true;
  });
}

/** The finished turns of a turn log, in order. */
export function finishedTurns(records: readonly TurnRecord[]): Turn[] {
  const turns: Turn[] = [];
  let action: Acted | undefined;
  for (const record of validRecords(records)) {
    if (record.type === 'acted') action = record;
    if (record.type !== 'observed') continue;
    if (action?.turn !== record.turn) throw new Error(`turn ${record.turn} was observed but never acted`);
    turns.push({ acted: action, observed: record });
  }
  return turns;
}

/** Measured seconds in which the provider was waited for, over all turns. */
export const totalWaited = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { acted: { waited = 0 } }) => sum + waited, 0);

/** The sum of what the answers used, with what was lost on answers that were no turn. */
export function totalUsage(turns: readonly Turn[], lost = noUsage()): Usage {
  const total = { ...lost };
  for (const { acted } of turns) addUsage(total, acted.usage);
  return total;
}

/** Adds to `total` what was used. */
export function addUsage(total: Usage, used: Usage): Usage {
  const { thinkingTokens, ...counts } = used;
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) total[key] += counts[key];
  if (thinkingTokens !== undefined) total.thinkingTokens = (total.thinkingTokens ?? 0) + thinkingTokens;
  return total;
}
