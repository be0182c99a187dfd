import { createRandom, deriveSeed } from '../../core/random.ts';
import type { RlStage } from '../../core/stages.ts';
import { readSuite } from '../bookkeeping/prepare-tasks.ts';
import type { Store } from '../store.ts';

/** The tasks of one step's round. */
export interface Round {
  step: number;
  tasks: string[];
}

/** Which stage of which run; the seed is the recipe's. */
export interface RoundsOf {
  run: string;
  stage: Pick<RlStage, 'name' | 'suite' | 'tasksPerStep'>;
  seed: number;
}

/** The rounds of some steps, from one (included) to another; the same whoever asks, and whenever. */
export async function readRounds(
  store: Store,
  of: RoundsOf,
  { from, to }: { from: number; to: number },
): Promise<Round[]> {
  if (to < from) return [];
  const suite = await readSuite(store, of.run, of.stage.suite);
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    step: from + index,
    tasks: tasksOfRound(
      suite,
      { seed: deriveSeed(of.seed, of.stage.name), count: of.stage.tasksPerStep },
      from + index,
    ),
  }));
}

/** Tasks are drawn without putting back until there are not enough for a round: none is twice in one. */
export function tasksOfRound(
  suite: readonly string[],
  { seed, count }: { seed: number; count: number },
  step: number,
): string[] {
  const roundsPerPass = Math.floor(suite.length / count);
  if (roundsPerPass === 0) throw new Error(`a step plays ${count} tasks, but the suite has ${suite.length}`);
  const pass = Math.floor((step - 1) / roundsPerPass);
  const mixed = createRandom(deriveSeed(seed, pass)).shuffle(suite);
  const first = ((step - 1) % roundsPerPass) * count;
  return mixed.slice(first, first + count);
}
