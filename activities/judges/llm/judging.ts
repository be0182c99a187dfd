import type { LlmJudgeSettings } from '../../../core/judge-settings.ts';
import type { LeafOutcome } from '../../../core/judging/compose.ts';
import type { LeafInPlace } from '../../../core/judging/prior-nodes.ts';
import type { Model } from '../../models/model.ts';
import type { Prompts } from '../../prompts.ts';
import type { Store } from '../../store.ts';
import type { LeafGrades } from './leaf-grades.ts';
import type { Material } from './material.ts';

export interface LlmJudgeDependencies {
  store: Store;
  model: Model;
  prompts: Prompts;
  settings: LlmJudgeSettings;
  /** Between two looks at a batch. */
  pollSeconds?: number;
}

/** A leaf that the model is to be asked about, and what is done with what it says. */
export interface OpenLeaf {
  place: LeafInPlace;
  /** Names the question, whoever asks it again; made when it is first looked at. */
  readonly key: string;
}

/** One judging of one submission. */
export interface Judging extends LlmJudgeDependencies {
  material: Material;
  grades: LeafGrades;
  outcomes: Map<string, LeafOutcome>;
  version: string;
  /** Hash of the submission. */
  submission: string;
  /** Called after each leaf, and now and then while a provider takes its time. */
  onProgress(): void;
  signal: AbortSignal;
}
