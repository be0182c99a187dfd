import { z } from 'zod';
import { funnelStep } from './drop.ts';
import { outcome, paperCost } from './outcome.ts';

/** `factory.json`: what became of every paper. */
export const factoryReport = z.object({
  run: z.string(),
  found: z.number().int(),
  /** Papers without an outcome yet. */
  open: z.number().int(),
  funnel: z.array(funnelStep),
  papers: z.array(outcome),
  cost: paperCost,
});
export type FactoryReport = z.infer<typeof factoryReport>;
