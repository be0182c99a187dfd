/** A score, or a dash where there is none. */
export const score = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** A mean with its standard error, as far as there is one. */
export const withError = (mean: number | null, error: number | null): string =>
  mean === null || error === null ? score(mean) : `${score(mean)} ± ${score(error)}`;

/** A difference with its sign and its standard error, as far as there is one. */
export const signed = (mean: number | null, error: number | null): string =>
  mean === null ? '–' : `${mean < 0 ? '−' : '+'}${withError(Math.abs(mean), error)}`;

/** A whole number with thin groups of three: 12 345 678. */
export const whole = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u{202F}');

/** A share in percent: 97 %; one digit more where it matters, near all or nothing. */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${(100 * share).toFixed(share > 0.02 && share < 0.98 ? 0 : 1)}\u{202F}%`;

/** At most four digits that mean something, without trailing zeros; whole numbers are whole. */
export const short = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));

/** `1 rollout`, `2 rollouts`. */
export const counted = (amount: number, what: string): string => `${whole(amount)} ${what}${amount === 1 ? '' : 's'}`;
