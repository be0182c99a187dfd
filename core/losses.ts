import { z } from 'zod';

/** The loss at a step, or its mean over a stretch of steps that ends there. */
export const lossPoint = z.object({ step: z.number().int(), loss: z.number() });
export type LossPoint = z.infer<typeof lossPoint>;

/** At most `most` points, each the mean of a stretch of neighbours of equal length; the last one may be shorter. */
export function thinned(points: readonly LossPoint[], most = 200): LossPoint[] {
  const stretch = Math.max(1, Math.ceil(points.length / most));
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, index) => {
    const part = points.slice(index * stretch, (index + 1) * stretch);
    const sum = part.reduce((total, point) => total + point.loss, 0);
    return { step: (part.at(-1) as LossPoint).step, loss: sum / part.length };
  });
}
