/** What a check says of a rubric, as it is stored with the task. */
export interface CheckResult {
  check: CheckName;
  ok: boolean;
  /** What is wrong, node by node; some findings a check tolerates. */
  findings: Finding[];
  /** What was counted. */
  figures: Record<string, number>;
}

export const CHECKS = ['schema', 'leaves', 'support', 'duplicates', 'coverage', 'weights'] as const;
export type CheckName = (typeof CHECKS)[number];

export interface Finding {
  /** The node's path; empty where the rubric as a whole is meant. */
  path: string;
  /** For a person and for the model that mends it. */
  problem: string;
}

export const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
