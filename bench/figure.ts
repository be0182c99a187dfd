/** One line of the bench: what was measured, against which bound, and whether it holds. */
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  /** The bound in words, such as `<= 1.5`. */
  bound: string;
  ok: boolean;
  detail: Record<string, number>;
}

/** A figure that must not be above its bound. */
export const atMost = (
  figure: string,
  value: number,
  bound: number,
): Pick<Figure, 'figure' | 'value' | 'bound' | 'ok'> => ({
  figure,
  value,
  bound: `<= ${bound}`,
  ok: value <= bound,
});

/** A figure that must not be below its bound. */
export const atLeast = (
  figure: string,
  value: number,
  bound: number,
): Pick<Figure, 'figure' | 'value' | 'bound' | 'ok'> => ({
  figure,
  value,
  bound: `>= ${bound}`,
  ok: value >= bound,
});
