import { z } from 'zod';
import { atLeast, type Figure } from './figure.ts';
import { runPython } from './python.ts';

const load = z.object({
  server_tokens_per_second: z.number(),
  generate_alone_tokens_per_second: z.number(),
  generate_batched_tokens_per_second: z.number(),
  times_generate_alone: z.number(),
  times_generate_batched: z.number(),
});
const loads = z.object({ clients: z.number(), loads: z.object({ turns: load }) });

/** The policy server under rollouts that play side by side, against `generate` on the very same prompts. */
export async function serving(): Promise<Figure[]> {
  const { clients, loads: measured } = loads.parse(await runPython('bench.server'));
  const { turns } = measured;
  const what = `policy server at ${clients} concurrent rollouts, tokens per second, times generate`;
  const server = turns.server_tokens_per_second;
  const alone = { server, generate: turns.generate_alone_tokens_per_second };
  const batched = { server, generate: turns.generate_batched_tokens_per_second };
  return [
    { ...atLeast(`${what} one at a time`, turns.times_generate_alone, 8), unit: '×', detail: alone },
    { ...atLeast(`${what} in static batches`, turns.times_generate_batched, 1), unit: '×', detail: batched },
  ];
}
