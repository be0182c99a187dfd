import type { Suite } from '../micropaper/generate.ts';
import type { TaskSettings } from '../task-settings.ts';

/**
 * How many tasks each suite holds, as far as the recipe says: names and numbers are counted, and the rest is what is left of
 * as many tasks as there are taken to be in all.
 */
export function suiteSizes(tasks: TaskSettings, all: number): Record<Suite, number> {
  const counted = (selection: TaskSettings['train']): number | null =>
    selection === 'rest' ? null : Array.isArray(selection) ? selection.length : selection;
  const [train, heldout] = [counted(tasks.train), counted(tasks.heldout)];
  return {
    train: train ?? Math.max(0, all - (heldout ?? 0)),
    heldout: heldout ?? Math.max(0, all - (train ?? 0)),
  };
}

/** Whether a suite is what the others leave, so that nobody can count it before the tasks are there. */
export const isCounted = ({ train, heldout }: TaskSettings): boolean => train !== 'rest' && heldout !== 'rest';
