import { z } from 'zod';
import { share } from '../fields.ts';

const rate = (usual: number, meaning: string) => share.default(usual).describe(meaning);

/** How often the scripted policy errs, each a probability but the last. The defaults are a sensible but sloppy worker. */
export const scriptedMistakes = z.strictObject({
  wrongValue: rate(0.12, 'an experiment is configured with one wrong value'),
  warmupForgotten: rate(0.35, 'warmup is left out where the paper sets it'),
  codeSkipped: rate(0.08, 'an experiment is not configured'),
  runSkipped: rate(0.22, 'an experiment is configured but not run'),
  reportSkipped: rate(0.15, 'an experiment is run and evaluated but not reported'),
  miscopied: rate(0.15, 'the reported number is not the one that was evaluated'),
  wastedTurn: rate(0.1, 'a turn is spent on looking around'),
  givesUp: rate(0.003, 'it submits instead of going on to the next experiment'),
  spread: share
    .default(0.5)
    .describe(
      "how much rollouts differ: one's rates are the above times a factor drawn evenly from 1 - spread to 1 + spread",
    ),
});
export type ScriptedMistakes = z.infer<typeof scriptedMistakes>;
