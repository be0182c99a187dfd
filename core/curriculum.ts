import type { RlStages } from './rl-settings.ts';

/** One stage of a curriculum with all that holds for it. */
export interface RlSettings extends Omit<RlStages, 'type' | 'curriculum'> {
  timeout: string;
  /** At most. */
  steps: number;
}

/** The name of the stage with a timeout, and of the checkpoint that it leaves. */
export const rlStageName = (timeout: string): string => `rl-${timeout}`;

/** The stages of a curriculum, each from the checkpoint of the one before. */
export function settingsOf({ type: _type, curriculum, ...common }: RlStages): RlSettings[] {
  return curriculum.map(({ learningRate, ...own }, index) => {
    const before = curriculum[index - 1];
    return {
      ...common,
      ...(given(own) as typeof own & Partial<typeof common>),
      from: before === undefined ? common.from : rlStageName(before.timeout),
      training: learningRate === undefined ? common.training : { ...common.training, learningRate },
    };
  });
}

const given = (own: object): object =>
  Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
