import { join } from 'node:path';
import { createLimiter } from '../activities/models/limiter/limiter.ts';
import { readPrompts } from '../activities/prompts.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { totalUsage, type Usage } from '../core/trajectory.ts';
import { atMost, type Figure } from './figure.ts';
import { openMessagesServer } from './messages-server.ts';
import { playModelRollout } from './model-rollout.ts';

const TURNS = 300;
const PRICE = { input: 3, output: 15, cacheWrite: 3.75, cacheRead: 0.3 };

/** One rollout of 300 turns against the Messages server, with the provider's cache and without, by the server's own account. */
export async function caching(): Promise<Figure[]> {
  const [cached, plain] = [await usageOf('5m'), await usageOf('off')];
  const full = ({ inputTokens, cacheWriteTokens }: Usage): number => inputTokens + cacheWriteTokens;
  return [
    {
      ...atMost(
        `input tokens billed in full over ${TURNS} turns, with the cache against without`,
        full(cached) / full(plain),
        0.15,
      ),
      unit: '×',
      detail: {
        written: cached.cacheWriteTokens,
        uncached: cached.inputTokens,
        read: cached.cacheReadTokens,
        without: full(plain),
        dollars: cached.usd,
        dollarsWithout: plain.usd,
      },
    },
  ];
}

async function usageOf(cache: '5m' | 'off'): Promise<Usage> {
  const server = await openMessagesServer({ turns: TURNS, replyTokens: 100 });
  try {
    const { turns } = await playModelRollout('bench.caching.0.paper.0', {
      baseUrl: server.baseUrl,
      limiter: createLimiter(),
      prompts: readPrompts(join(packageRoot(), 'prompts/agent')),
      settings: { cache, price: PRICE },
      outputCharacters: 1200,
    });
    if (turns.length !== TURNS) throw new Error(`the rollout has ${turns.length} turns`);
    return totalUsage(turns);
  } finally {
    await server.close();
  }
}
