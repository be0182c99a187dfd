import { z } from 'zod';

/** Where in the factory a paper can be dropped, in the order in which it passes them. */
export const DROP_STEPS = [
  'duplicate',
  'metadata',
  'conversion',
  'text',
  'code',
  'decontamination',
  'hardware',
  'rubric',
  'budget',
] as const;
export type DropStep = (typeof DROP_STEPS)[number];

/** Why a paper was dropped. */
export const drop = z.strictObject({
  paper: z.string(),
  step: z.enum(DROP_STEPS),
  /** The filter, check or match that decided. */
  rule: z.string(),
  reason: z.string().describe('a sentence for a person, with the values that decided'),
  /** A quote, an address or a match that shows it. */
  evidence: z.string().nullable(),
});
export type Drop = z.infer<typeof drop>;

/** One step of the funnel. */
export const funnelStep = z.strictObject({
  step: z.enum(DROP_STEPS),
  entered: z.number().int(),
  dropped: z.number().int(),
  /** Papers dropped by each rule. */
  rules: z.record(z.string(), z.number().int()),
});
export type FunnelStep = z.infer<typeof funnelStep>;

/** What became of `found` papers, step by step; a paper counts once, at the first step that dropped it. */
export function funnelOf(found: number, drops: readonly Drop[]): FunnelStep[] {
  const first = new Map<string, Drop>();
  for (const one of drops) {
    const before = first.get(one.paper);
    if (!before || DROP_STEPS.indexOf(one.step) < DROP_STEPS.indexOf(before.step)) first.set(one.paper, one);
  }
  let entered = found;
  return DROP_STEPS.map((step) => {
    const here = [...first.values()].filter((one) => one.step === step);
    const rules: Record<string, number> = {};
    for (const { rule } of here) rules[rule] = (rules[rule] ?? 0) + 1;
    const done = { step, entered, dropped: here.length, rules };
    entered -= here.length;
    return done;
  });
}
