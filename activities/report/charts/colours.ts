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
