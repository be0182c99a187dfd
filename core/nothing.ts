import type { Cost, Counts } from './status.ts';

// Apart from the schemas, because workflows count too, and zod would be loaded anew for each of them.

export const noCounts = (): Counts => ({ planned: 0, scored: 0, infraFailed: 0, cancelled: 0 });
export const noCost = (): Cost => ({ usd: 0, inputTokens: 0, outputTokens: 0, sandboxSeconds: 0, gpuSeconds: 0 });
