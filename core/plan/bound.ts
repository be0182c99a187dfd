/** Jobs of equal length that share some slots. */
export interface Load {
  jobs: number;
  seconds: number;
  slots: number;
}

/** No schedule is shorter than the longest job, nor than the slots kept busy all the time: max(Σ seconds / slots, seconds). */
export const leastSeconds = ({ jobs, seconds, slots }: Load): number =>
  jobs === 0 ? 0 : Math.max(seconds, (jobs * seconds) / slots);

/** Rollouts that are judged as they end: either pool may be the one that all wait for, and one rollout passes through both. */
export const leastPipeline = (playing: Load, judging: Load): number =>
  playing.jobs === 0 ? 0 : Math.max(leastSeconds(playing), leastSeconds(judging), playing.seconds + judging.seconds);
