import { z } from 'zod';
import { FINEGRAINED_CATEGORIES, LEAF_CATEGORIES, type Draft } from './draft.ts';

const evidence = z.object({
  source: z.enum(['paper', 'code']),
  file: z.string().nullish().describe("of code: the file's path"),
  quote: z.string().describe('copied word for word'),
});

const proposed = z.object({
  requirements: z.string().min(1),
  category: z.enum(LEAF_CATEGORIES).nullable().describe('of a leaf; null for a node that is to be split further'),
  finegrained: z.enum(FINEGRAINED_CATEGORIES).nullable(),
  evidence: z.array(evidence),
  weight: z.number().positive().max(1000).optional(),
});

const leftOut = z.object({ item: z.string(), reason: z.string() });

const edit = z.discriminatedUnion('op', [
  z.object({ op: z.literal('replace'), path: z.string(), node: proposed }),
  z.object({ op: z.literal('remove'), path: z.string(), reason: z.string() }),
  z.object({ op: z.literal('add'), path: z.string().describe('of the parent'), node: proposed }),
  z.object({ op: z.literal('split'), path: z.string(), nodes: z.array(proposed).min(2) }),
]);

const edits = z.object({ edits: z.array(edit), leftOut: z.array(leftOut) });

/** What a model answers to each kind of call, as it is asked for. */
export const ANSWERS = {
  contributions: z.object({
    task: z.string().min(1).describe('what it means to have reproduced the paper, in a sentence'),
    children: z.array(proposed).min(1),
    leftOut: z.array(leftOut).describe('tables, figures and algorithms that are no part of a reproduction'),
  }),
  expand: z.object({ nodes: z.array(z.object({ path: z.string(), children: z.array(proposed).min(1) })) }),
  repair: edits,
  weights: z.object({ weights: z.array(z.object({ path: z.string(), weight: z.int().min(1).max(20) })) }),
  addendum: z.object({
    notes: z.array(
      z.object({
        topic: z.string().min(1),
        text: z
          .string()
          .min(1)
          .describe('what the paper leaves open and the code decides, for the one who reproduces it'),
        file: z.string().nullish(),
        quote: z.string().nullish().describe('the place in the code that decides it, word for word'),
      }),
    ),
  }),
  review: z.object({
    verdict: z.enum(['accept', 'revise']),
    objections: z.array(
      z.object({
        path: z.string().describe('of the node meant; empty for the whole'),
        problem: z.string().min(1),
        blocking: z.boolean().describe('whether the rubric must not be used like this'),
      }),
    ),
  }),
  revise: edits,
} as const;

export type CallKind = keyof typeof ANSWERS;
export type AnswerTo<Kind extends CallKind> = z.infer<(typeof ANSWERS)[Kind]>;

/** An answer that the rubric in the making was changed by, in the order in which they were asked for. */
export type Answered = { [Kind in CallKind]: { kind: Kind; name: string; value: AnswerTo<Kind> } }[CallKind];

/** What a review found. */
export type Objection = AnswerTo<'review'>['objections'][number];
export type AddendumNote = AnswerTo<'addendum'>['notes'][number];

/** A rubric in the making, and what is known about it. */
export interface Building {
  draft: Draft;
  notes: AddendumNote[] | undefined;
  weighed: boolean;
  repairs: number;
  reviews: { verdict: 'accept' | 'revise'; objections: Objection[] }[];
  revisions: number;
  refused: string[];
}
