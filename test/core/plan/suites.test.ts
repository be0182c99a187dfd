import { expect, test } from '@jest/globals';
import { isCounted, suiteSizes } from '../../../core/plan/suites.ts';
import { taskSettings } from '../../../core/task-settings.ts';

const tasks = (train: unknown, heldout: unknown) =>
  taskSettings.parse({ type: 'folder', paths: ['a'], train, heldout });

test.each([
  { what: 'a number and a list', named: [30, ['a', 'b']], sizes: { train: 30, heldout: 2 }, counted: true },
  {
    what: 'the rest to learn from',
    named: ['rest', ['a', 'b']],
    sizes: { train: 100 - 2, heldout: 2 },
    counted: false,
  },
  { what: 'the rest held out', named: [40, 'rest'], sizes: { train: 40, heldout: 100 - 40 }, counted: false },
  { what: 'more named than there are', named: ['rest', 120], sizes: { train: 0, heldout: 120 }, counted: false },
])(
  '$what: what is named is counted, the rest is what is left of all',
  ({ named: [train, heldout], sizes, counted }) => {
    expect(suiteSizes(tasks(train, heldout), 100)).toEqual(sizes);
    expect(isCounted(tasks(train, heldout))).toBe(counted);
  },
);
