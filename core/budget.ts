import type { Budget } from './operations.ts';
import type { Cost } from './status.ts';

/** What a cost comes to in the words of a budget. */
const used = ({ usd, inputTokens, outputTokens, sandboxSeconds, gpuSeconds }: Cost): Record<keyof Budget, number> => ({
  tokens: inputTokens + outputTokens,
  usd,
  gpuSeconds,
  sandboxSeconds,
});

const NAMES = ['tokens', 'usd', 'gpuSeconds', 'sandboxSeconds'] as const;

/** Why nothing more may be begun, where that could take more than the budget: `more` is what may come on top of `cost`. */
export function overBudget(budget: Budget | undefined, cost: Cost, more?: Cost): string | undefined {
  const now = used(cost);
  const next = more && used(more);
  for (const name of NAMES) {
    const limit = budget?.[name];
    if (limit === undefined) continue;
    const expected = now[name] + (next?.[name] ?? 0);
    if (next ? expected <= limit : expected < limit) continue;
    const coming = next ? `, and what comes next may take ${rounded(next[name])}` : '';
    return `budget.${name} is ${limit}: ${rounded(now[name])} are used${coming}`;
  }
  return undefined;
}

/** The larger of two costs, field by field. */
export const largest = (a: Cost, b: Cost): Cost => ({
  usd: Math.max(a.usd, b.usd),
  inputTokens: Math.max(a.inputTokens, b.inputTokens),
  outputTokens: Math.max(a.outputTokens, b.outputTokens),
  sandboxSeconds: Math.max(a.sandboxSeconds, b.sandboxSeconds),
  gpuSeconds: Math.max(a.gpuSeconds, b.gpuSeconds),
});

export const times = (cost: Cost, factor: number): Cost => ({
  usd: cost.usd * factor,
  inputTokens: cost.inputTokens * factor,
  outputTokens: cost.outputTokens * factor,
  sandboxSeconds: cost.sandboxSeconds * factor,
  gpuSeconds: cost.gpuSeconds * factor,
});

export const plus = (a: Cost, b: Cost): Cost => ({
  usd: a.usd + b.usd,
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  sandboxSeconds: a.sandboxSeconds + b.sandboxSeconds,
  gpuSeconds: a.gpuSeconds + b.gpuSeconds,
});

export const minus = (a: Cost, b: Cost): Cost => plus(a, times(b, -1));

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(4));
