/** Experiments are `e01` to `e16`, and a parameter's values `00` to `31`: the words that the vocabulary has. */
export const MAX_EXPERIMENTS = 16;
export const MAX_VALUES = 32;

export const PARAMETERS = ['lr', 'depth', 'warmup'] as const;
export type Parameter = (typeof PARAMETERS)[number];

/** One experiment as the paper states it; warmup is set for some only. */
export interface Experiment {
  name: string;
  lr: number;
  depth: number;
  warmup?: number;
}

export const twoDigits = (value: number): string => String(value).padStart(2, '0');

export const experimentName = (number: number): string => `e${twoDigits(number)}`;

/** The words of a configuration, `e03 lr=08 depth=28 warmup=30`: what a page says and what `runs.txt` should hold. */
export function configurationLine(experiment: Experiment): string {
  const set = PARAMETERS.filter((parameter) => experiment[parameter] !== undefined);
  return [experiment.name, ...set.map((parameter) => `${parameter}=${twoDigits(experiment[parameter] ?? 0)}`)].join(
    ' ',
  );
}

/** `paper.md`: one line an experiment, each ended by a full stop that is a word of its own. */
export function pageText(experiments: readonly Experiment[]): string {
  return ['# experiments', ...experiments.map((experiment) => `${configurationLine(experiment)} .`), ''].join('\n');
}

/** The experiments of a page, read leniently: words of any spacing, lines that are none left out. */
export function parsePage(text: string): Experiment[] {
  const pattern = /\b(e\d\d)\s+lr=(\d\d)\s+depth=(\d\d)(?:\s+warmup=(\d\d))?\s+\./g;
  return [...text.matchAll(pattern)].map(([, name = '', lr, depth, warmup]) => ({
    name,
    lr: Number(lr),
    depth: Number(depth),
    ...(warmup === undefined ? {} : { warmup: Number(warmup) }),
  }));
}
