import { createRandom, deriveSeed } from '../core/random.ts';

/** Seconds that are log-normally distributed (σ = 1) around a median, and cut, as rollouts are by their timeout. */
function heavyTailed(what: string, { median, cut }: { median: number; cut: number }) {
  return {
    cut,
    /** The same name always takes the same time. */
    secondsOf(name: string): number {
      const random = createRandom(deriveSeed('bench', what, name));
      // Box–Muller, of two numbers above 0.
      const [a, b] = [(random.next() + 1) / 2 ** 32, random.next() / 2 ** 32];
      const normal = Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
      return Math.min(cut, median * Math.exp(normal));
    },
  };
}

/** A quarter of the rollouts takes more than twice the median, a seventh is cut. */
export const PLAY = heavyTailed('play', { median: 4, cut: 12 });
export const JUDGE = heavyTailed('judge', { median: 0.4, cut: 4 });
export const TRAIN_SECONDS = 2;
