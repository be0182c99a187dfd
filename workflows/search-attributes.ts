import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

const { KEYWORD, DOUBLE, INT } = SearchAttributeType;

/** The keys of the list view; `core/search-attributes` has the same names for the server. */
export const attributes = {
  run: defineSearchAttributeKey('LonghaulRun', KEYWORD),
  stage: defineSearchAttributeKey('LonghaulStage', KEYWORD),
  task: defineSearchAttributeKey('LonghaulTask', KEYWORD),
  state: defineSearchAttributeKey('LonghaulState', KEYWORD),
  outcome: defineSearchAttributeKey('LonghaulOutcome', KEYWORD),
  score: defineSearchAttributeKey('LonghaulScore', DOUBLE),
  costUsd: defineSearchAttributeKey('LonghaulCostUsd', DOUBLE),
  step: defineSearchAttributeKey('LonghaulStep', INT),
};

/** What is known of a rollout before it starts. A step that is no number (a suite) is found by stage and task. */
export function rolloutAttributes(place: {
  run: string;
  stage: string;
  step: string;
  task: string;
}): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [
    { key: attributes.run, value: place.run },
    { key: attributes.stage, value: place.stage },
    { key: attributes.task, value: place.task },
    { key: attributes.state, value: 'running' },
  ];
  const step = Number(place.step);
  return Number.isInteger(step) ? [...pairs, { key: attributes.step, value: step }] : pairs;
}

export const showState = (state: string): void => upsertSearchAttributes([{ key: attributes.state, value: state }]);
