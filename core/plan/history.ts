/** History events, as recorded histories have them (test/histories, and `npm run bench -- stage`). */
export const EVENTS = {
  /** The whole history of a rollout that nothing disturbs: two activities. */
  rollout: 18,
  /** The same of RL, where it says by itself that it has ended. */
  reportingRollout: 23,
  /** What a rollout adds to the history of its stage. */
  child: 6,
  /** What a stage has besides: its plan, its closing, about twenty signals to its run. */
  stage: 140,
  /** A paper that the factory makes a task of: it is read, asked about a minute at a time, and judged. */
  paper: 70,
  training: 23,
  /** What a rollout adds to a step of RL: its report; and what a step has besides. */
  reported: 5,
  step: 90,
  /** What a stage adds to the history of its run: a child, its state, its signals. */
  inRun: 90,
} as const;

/** A stage continues as new after so many rollouts. */
export const ROLLOUTS_PER_EXECUTION = 1000;

/** The server warns here, and ends an execution at 51,200. */
export const HISTORY_WARNING = 10_240;
