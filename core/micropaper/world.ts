import { configurationLine, PARAMETERS, twoDigits, type Experiment } from './page.ts';

/** What happens when an experiment is run as it was configured. */
export interface Outcome {
  /** Seconds that the run takes on the rollout's clock. */
  seconds: number;
  /** The losses of the two epochs. */
  losses: [number, number];
  /** The line that the run leaves in `log.txt`, from which the evaluation works. */
  record: string;
  /** What the evaluation prints, and what should be reported: `e03 acc=24`. */
  result: string;
}

export interface SecondsPerRun {
  min: number;
  max: number;
}

/**
 * The world's arithmetic, the same as in `tasks/micropaper/run.sh` and `eval.sh`: a chain of whole numbers below 2³¹, exact
 * in JavaScript and in every shell. What came before decides all that follows, so another configuration has another result.
 */
export function outcomeOf(experiment: Experiment, { min, max }: SecondsPerRun): Outcome {
  const words = PARAMETERS.flatMap((parameter, index) => {
    const value = experiment[parameter];
    return value === undefined ? [] : [(index + 1) * 100 + value];
  });
  const configured = words.reduce(mix, mix(0, Number(experiment.name.slice(1))));
  const drawn = mix(configured, 501);
  const seconds = min + (drawn % (max - min + 1));
  const checkpoint = mix(drawn, seconds);
  const first = mix(checkpoint, 502);
  const second = mix(first, 503);
  return {
    seconds,
    losses: [50 + (first % 50), second % 50],
    record: `${configurationLine(experiment)} checkpoint=${checkpoint}`,
    result: `${experiment.name} acc=${twoDigits(mix(checkpoint, 504) % 100)}`,
  };
}

const mix = (state: number, value: number): number => (state * 1103 + value * 7919 + 12_345) % 1_000_003;
