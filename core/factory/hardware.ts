import { z } from 'zod';
import { quoteIn } from './text.ts';

/** A model's answer to `HARDWARE_QUESTION`. */
export const hardwareAnswer = z.strictObject({
  special: z.enum(['yes', 'no', 'unclear']),
  needs: z.string().describe('what is needed, in a few words'),
  quotes: z.array(z.string().min(1)).describe('from the paper, word for word'),
});
export type HardwareAnswer = z.infer<typeof hardwareAnswer>;

export const HARDWARE_QUESTION = `Can the main results of this paper be reproduced on ordinary hardware: one machine with at most one \
data-centre GPU, no robots, sensors, laboratory, quantum or custom chips, and no access to private clusters or closed data?

Answer with JSON: {"special": "yes" | "no" | "unclear", "needs": "what special hardware is needed, or none", "quotes": ["…"]}.
"yes" means that special hardware is needed. Every quote is copied word for word from the paper and shows the answer; "yes" must have
at least one.`;

/** The answer as far as the paper bears it out: without its evidence, "yes" is only "unclear". */
export function provenHardware(answer: HardwareAnswer, paper: string): HardwareAnswer {
  const quotes = answer.quotes.filter((quote) => quoteIn(quote, paper));
  return { ...answer, special: answer.special === 'yes' && quotes.length === 0 ? 'unclear' : answer.special, quotes };
}
