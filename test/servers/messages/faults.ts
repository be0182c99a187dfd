import { createRandom } from '../../../core/random.ts';
import type { Fault, ServerOptions } from './types.ts';

/** Refuses (429) and breaks off a share of all requests, the same ones for the same seed. */
export function randomFaults({
  refused,
  broken,
  seed,
}: {
  refused: number;
  broken: number;
  seed: number;
}): NonNullable<ServerOptions['fault']> {
  const random = createRandom(seed);
  return (): Fault | undefined => {
    const drawn = random.below(1e6) / 1e6;
    if (drawn < refused)
      return { type: 'status', status: 429, headers: { 'retry-after-ms': '500', 'retry-after': '1' } };
    return drawn < refused + broken ? { type: 'broken', afterEvents: 3 } : undefined;
  };
}
