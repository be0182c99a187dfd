import { z } from 'zod';
import { atLeast, type Figure } from './figure.ts';
import { runPython } from './python.ts';

const speeds = z.object({
  tokensPerSecond: z.object({ longhaul: z.number(), trl: z.number() }),
  ratio: z.number(),
  largestLossDifference: z.number(),
  threads: z.number(),
});

/** Fine-tuning the tiny student against TRL's SFTTrainer: the same rows, batches, optimizer and threads. */
export async function trainer(): Promise<Figure[]> {
  const { tokensPerSecond, ratio, largestLossDifference, threads } = speeds.parse(await runPython('bench.sft_vs_trl'));
  const detail = { ...tokensPerSecond, largestLossDifference, threads };
  return [{ ...atLeast("fine-tuning, tokens per second, times TRL's SFTTrainer", ratio, 1), unit: '×', detail }];
}
