/** The search attributes of every workflow, and their Temporal types. */
export const SEARCH_ATTRIBUTES = {
  LonghaulRun: 'Keyword',
  LonghaulStage: 'Keyword',
  LonghaulTask: 'Keyword',
  LonghaulState: 'Keyword',
  LonghaulOutcome: 'Keyword',
  LonghaulScore: 'Double',
  LonghaulCostUsd: 'Double',
  LonghaulStep: 'Int',
} as const;
