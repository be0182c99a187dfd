import type { Suite } from './micropaper/generate.ts';
import { createRandom } from './random.ts';

/** Which tasks a suite is made of: the named ones, so many drawn by the seed, or all that the other suite leaves. */
export type Selection = readonly string[] | number | 'rest';

export interface SuiteSelection {
  train: Selection;
  heldout: Selection;
  seed: number;
}

/**
 * Puts tasks into suites; none is ever in both. What is drawn is drawn for `heldout` first, so that a larger training set never
 * changes what is held out. Throws with a sentence where the tasks do not suffice.
 */
export function selectSuites(ids: readonly string[], selection: SuiteSelection): Record<Suite, string[]> {
  const named = [...namesIn(selection.train), ...namesIn(selection.heldout)];
  const unknown = named.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new Error(`there is no task "${unknown}"; there is ${ids.join(', ') || 'none'}`);
  const twice = named.find((id, index) => named.indexOf(id) < index);
  if (twice !== undefined) throw new Error(`the task "${twice}" is named twice: no task may be in both suites`);
  const free = createRandom(selection.seed).shuffle(ids.filter((id) => !named.includes(id)).toSorted());
  const heldout = take('heldout', selection.heldout, free);
  const train = take('train', selection.train, free);
  return {
    heldout: [...heldout, ...(selection.heldout === 'rest' ? free : [])],
    train: [...train, ...(selection.train === 'rest' ? free : [])],
  };
}

const namesIn = (selection: Selection): readonly string[] => (typeof selection === 'object' ? selection : []);

/** The named ones, or the first so many of those that are free, which are then no longer. */
function take(suite: Suite, selection: Selection, free: string[]): string[] {
  if (typeof selection === 'object') return [...selection];
  if (selection === 'rest') return [];
  if (selection > free.length) throw new Error(`${suite} asks for ${selection} tasks, and ${free.length} are left`);
  return free.splice(0, selection);
}
