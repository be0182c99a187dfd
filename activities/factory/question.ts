import type { z } from 'zod';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import { HARDWARE_QUESTION } from '../../core/factory/hardware.ts';
import type { Building } from '../../core/rubric-builder/answers.ts';
import { findingLines } from '../../core/rubric-builder/checks.ts';
import { exhibitsOf } from '../../core/rubric-builder/coverage.ts';
import type { CheckResult } from '../../core/rubric-builder/finding.ts';
import type { Call } from '../../core/rubric-builder/plan.ts';
import { recipeHash } from '../recipe-hash.ts';
import { codeText } from './code-text.ts';
import { QUESTIONS, type QuestionKind } from './calls.ts';
import type { Material } from './material.ts';
import { outline } from './outline.ts';
import type { Prompts } from '../prompts.ts';

export type FactoryCall = Omit<Call, 'kind'> & { kind: QuestionKind };

/** What a model is asked: everything that its answer depends on. */
export interface Question {
  /** The recipe's name of the model. */
  model: string;
  system: string;
  /** The paper and its code: what the calls of a paper have in common, and a provider may keep. */
  shared: string;
  question: string;
  shape: { name: string; description: string; schema: z.ZodType };
}

interface Asking {
  call: FactoryCall;
  built: Building;
  checks: () => readonly CheckResult[];
  material: Material;
  settings: FactorySettings;
}

const DESCRIPTIONS: Record<QuestionKind, string> = {
  hardware: 'says whether the paper needs special hardware',
  contributions: 'names the contributions of the paper: the first level of the rubric',
  expand: 'gives the children of nodes of the rubric',
  repair: 'mends the rubric',
  weights: 'weighs the nodes of the rubric',
  addendum: 'notes what the paper leaves open and the code decides',
  review: 'reviews the rubric',
  revise: 'revises the rubric after a review',
};

/** The question of a call, in full. */
export function questionOf(prompts: Prompts, asking: Asking): Question {
  const { call, material, settings } = asking;
  const { builder, reviewer = builder } = settings.models;
  const code = codeText(material.files, settings.codeCharacters);
  return {
    model: call.kind === 'review' ? reviewer : builder,
    system: prompts.fill('system'),
    shared: prompts.fill('paper', { paper: material.markdown, code }),
    question: words(prompts, asking),
    shape: { name: call.kind, description: DESCRIPTIONS[call.kind], schema: QUESTIONS[call.kind] },
  };
}

/** Names a question with all that its answer depends on, the provider's model and its settings included. */
export const hashOf = ({ shape, ...question }: Question, model: unknown): string =>
  recipeHash({ ...question, shape: shape.name, model });

function words(prompts: Prompts, { call, built, checks, material, settings }: Asking): string {
  const { root } = built.draft;
  const maxChildren = String(settings.rubric.maxChildren);
  switch (call.kind) {
    case 'hardware':
      return prompts.fill('hardware', { question: HARDWARE_QUESTION });
    case 'contributions': {
      const exhibits = exhibitsOf(material.markdown).map(({ name }) => name);
      return prompts.fill('contributions', { maxChildren, exhibits: exhibits.join(', ') || 'none' });
    }
    case 'expand':
      return prompts.fill('expand', {
        rubric: outline(root),
        paths: (call.paths ?? []).join(', '),
        maxChildren,
        leaves: call.leavesOnly ? ONLY_LEAVES : LEAVES_OR_NODES,
      });
    case 'repair':
      return prompts.fill('repair', {
        rubric: outline(root, { evidence: true }),
        findings: listed(findingLines(checks())),
      });
    case 'weights':
      return prompts.fill('weights', { rubric: outline(root) });
    case 'addendum':
      return prompts.fill('addendum', { rubric: outline(root) });
    case 'review':
      return prompts.fill('review', {
        rubric: outline(root, { weights: true, evidence: true }),
        addendum: listed((built.notes ?? []).map(({ topic, text }) => `${topic}: ${text}`)),
      });
    case 'revise': {
      const objections = built.reviews.at(-1)?.objections ?? [];
      const lines = objections.map(({ path, problem, blocking }) => {
        return `${path === '' ? 'the rubric' : `node ${path}`}: ${problem}${blocking ? ' (must be met)' : ''}`;
      });
      return prompts.fill('revise', { rubric: outline(root, { evidence: true }), objections: listed(lines) });
    }
  }
}

const ONLY_LEAVES = 'Every child is a leaf now: the rubric is as deep, or as large, as it may be.';
const LEAVES_OR_NODES =
  'A child that is one single thing is a leaf. One that must be split further has the category null.';

const listed = (lines: readonly string[]): string =>
  lines.length === 0 ? '(nothing)' : lines.map((line) => `- ${line}`).join('\n');
