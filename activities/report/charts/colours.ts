/** Colours by what they mean, as variables of the page's style sheet: they follow the reader's light or dark scheme. */
export const COLOUR = {
  ink: 'var(--ink)',
  dim: 'var(--dim)',
  line: 'var(--line)',
  paper: 'var(--paper)',
  accent: 'var(--accent)',
  pale: 'var(--pale)',
  pinned: 'var(--pinned)',
} as const;

/** For series that have no meaning of their own, told apart also by those who see few colours. */
export const SERIES = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)'];

/** What the time of an RL step goes into. */
export const STEP_COLOURS = {
  rollout: 'var(--series-1)',
  judge: 'var(--series-4)',
  train: 'var(--series-2)',
  sync: 'var(--series-3)',
  rest: 'var(--pale)',
} as const;

/** How rollouts end, in the order in which they are stacked. */
export const END_COLOURS: Readonly<Record<string, string>> = {
  submitted: 'var(--submitted)',
  turns: 'var(--turns)',
  budget: 'var(--budget)',
  context: 'var(--context)',
  scored: 'var(--submitted)',
  'infra-failed': 'var(--infra-failed)',
  cancelled: 'var(--cancelled)',
};

/** The colour of a kind of end; an unknown one is drawn as a plain series. */
export const colourOfEnd = (end: string): string => END_COLOURS[end] ?? (SERIES[4] as string);

/** The kinds of end that occur, in the order in which they are stacked. */
export function kindsOf(all: readonly Readonly<Record<string, number>>[]): string[] {
  const found = new Set(all.flatMap((ends) => Object.keys(ends).filter((kind) => (ends[kind] ?? 0) > 0)));
  const known = Object.keys(END_COLOURS).filter((kind) => found.has(kind));
  return [...known, ...[...found].filter((kind) => !known.includes(kind)).toSorted()];
}
