import { createHash } from 'node:crypto';
import { tokensIn } from './tokens.ts';
import { blocksOf, type Body } from './types.ts';

/** The prompt cache: what is written at breakpoints is found again by prompts that begin with the same blocks. */
export interface Cache {
  account(body: Body): { read: number; written: number; rest: number };
}

/** Blocks before a breakpoint at which an earlier one is looked for. */
const LOOK_BACK = 20;
const MS = { '5m': 300_000, '1h': 3_600_000 } as const;

export function createCache({
  minTokens = 1024,
  now = Date.now,
}: {
  minTokens?: number | undefined;
  now?: () => number;
}): Cache {
  const until = new Map<string, number>();
  return {
    account(body) {
      const places = placesOf(body);
      const total = places.at(-1)?.tokens ?? 0;
      const marked = [...places.keys()].filter((index) => places[index]?.ttl !== undefined);
      const last = marked.findLast((index) => (places[index]?.tokens ?? 0) >= minTokens);
      if (last === undefined) return { read: 0, written: 0, rest: total };
      const hit = marked
        .toReversed()
        .flatMap((index) => places.slice(Math.max(0, index - LOOK_BACK + 1), index + 1).toReversed())
        .find(({ hash }) => (until.get(hash) ?? 0) > now());
      for (const index of marked.filter((one) => one <= last)) {
        const { hash, ttl = '5m' } = places[index] as Place;
        until.set(hash, now() + MS[ttl]);
      }
      if (hit) until.set(hit.hash, Math.max(until.get(hit.hash) ?? 0, now() + MS['5m']));
      const end = (places[last] as Place).tokens;
      const read = Math.min(hit?.tokens ?? 0, end);
      return { read, written: end - read, rest: total - end };
    },
  };
}

/** The end of a block: the hash of all up to it, how many tokens that is, and whether it is a breakpoint. */
interface Place {
  hash: string;
  tokens: number;
  ttl: '5m' | '1h' | undefined;
}

function placesOf(body: Body): Place[] {
  const { tools = [], system, messages } = body;
  const settings = { model: body.model, thinking: body.thinking, tool_choice: body.tool_choice };
  const blocks = [
    ...tools.map((tool) => ({ at: 'tools', block: tool as object })),
    ...(system ? blocksOf(system).map((block) => ({ at: 'system', block: block as object })) : []),
    ...messages.flatMap(({ role, content }) =>
      blocksOf(content).map((block) => ({ at: role, block: block as object })),
    ),
  ];
  const hash = createHash('sha256').update(JSON.stringify({ model: body.model }));
  let tokens = 0;
  let inMessages = false;
  return blocks.map(({ at, block }) => {
    // What a request sets for itself concerns its messages only: tools and system stay cached.
    if (!inMessages && (at === 'user' || at === 'assistant')) hash.update(JSON.stringify(settings));
    inMessages ||= at === 'user' || at === 'assistant';
    const { cache_control: mark, ...rest } = block as { cache_control?: { ttl?: '5m' | '1h' } };
    tokens += tokensIn(rest);
    hash.update(JSON.stringify([at, rest]));
    return { hash: hash.copy().digest('hex'), tokens, ttl: mark && (mark.ttl ?? '5m') };
  });
}
