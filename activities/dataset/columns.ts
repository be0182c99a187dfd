/** One row of a shard; `advantages` and `old_logprobs` in all rows of a dataset or in none. */
export interface DatasetRow {
  input_ids: number[];
  labels: number[];
  /** One number: the same for every token of the window. */
  advantages?: number;
  old_logprobs?: number[];
  rollout_id: string;
  window: number;
}

export const COLUMNS = ['input_ids', 'labels', 'rollout_id', 'window'] as const;
export const RL_COLUMNS = ['input_ids', 'labels', 'advantages', 'old_logprobs', 'rollout_id', 'window'] as const;
export type Column = (typeof RL_COLUMNS)[number];
