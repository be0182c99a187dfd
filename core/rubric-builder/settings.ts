import { z } from 'zod';
import { share } from '../fields.ts';

/** How a rubric is built and what it must pass. */
export const rubricSettings = z.strictObject({
  maxDepth: z.int().min(1).max(12).default(6).describe('levels below the root'),
  maxChildren: z.int().min(2).max(40).default(12).describe('children of one node'),
  maxLeaves: z.int().min(1).max(2000).default(300).describe('from this many on, open nodes must become leaves'),
  nodesPerCall: z.int().min(1).max(40).default(8).describe('nodes of one level that one call expands'),
  repairRounds: z.int().min(0).max(10).default(2).describe('calls that mend what the checks found'),
  reviewRounds: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('revisions after the objections of the second model; 0 asks it for none'),
  maxFlagged: share.default(0.05).describe('share of leaves whose wording may look compound or vague'),
  maxPruned: share
    .default(0.1)
    .describe('share of leaves without support that may be taken away instead of dropping the paper'),
  maxDuplicates: share.default(0.02).describe('share of leaves that may ask for the same as another one'),
  minCoverage: share
    .default(0.7)
    .describe('share of tables, figures and algorithms that must be reached or left out with a reason'),
  maxLeafShare: share.default(0.15).describe('share of the score that one leaf may decide'),
});
export type RubricSettings = z.infer<typeof rubricSettings>;
