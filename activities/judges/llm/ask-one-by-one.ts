import type { GradedCategory } from '../../../core/judging/files.ts';
import { addUsage, noUsage, type Usage } from '../../../core/trajectory.ts';
import { askStructured, type Shape } from '../../models/ask-structured.ts';
import type { ModelRequest } from '../../models/model.ts';
import { failureOf, ModelError } from '../../models/model-error.ts';
import { inPool } from './in-pool.ts';
import type { Judging, OpenLeaf } from './judging.ts';
import { gradeRequest, grading, pickFiles, ranking, rankRequest, viewOf, type View } from './requests.ts';

/** How much of the context is planned for: a model that counts more tokens than was thought is asked again with less. */
const SCALES = [1, 0.6, 0.35] as const;

/** Asks about each leaf by itself, hundreds at a time. */
export async function askOneByOne(judging: Judging, open: readonly OpenLeaf[]): Promise<void> {
  const views = createViews(judging);
  await inPool(open, judging.settings.concurrency, async (leaf) => {
    judging.signal.throwIfAborted();
    if (isKnown(judging, leaf)) return;
    try {
      await gradeLeaf(judging, views, leaf);
    } catch (error) {
      setAside(judging, leaf, error);
    }
    judging.onProgress();
  });
}

/** Whether the leaf was graded before; then that is its grade. */
export function isKnown({ grades, outcomes }: Judging, { place, key }: OpenLeaf): boolean {
  const grade = grades.get(key);
  if (grade) outcomes.set(place.leaf.id, { grade });
  return grade !== undefined;
}

/** The view of a category at a scale, made once. */
export type Views = (category: GradedCategory, scale?: number) => View;

export function createViews({ material, model, settings: { rankedFiles } }: Judging): Views {
  const made = new Map<string, View>();
  return (category, scale = 1) => {
    const key = `${category} ${scale}`;
    const view = made.get(key) ?? viewOf({ material, model, rankedFiles }, category, scale);
    made.set(key, view);
    return view;
  };
}

/** A leaf that this model cannot grade is set aside with the reason; what would meet the next leaf as well is thrown. */
export function setAside({ outcomes, signal }: Judging, { place }: OpenLeaf, error: unknown): void {
  signal.throwIfAborted();
  const isItsOwn = error instanceof ModelError && ['malformed', 'bad-request', 'context-overflow'].includes(error.kind);
  if (!isItsOwn) throw failureOf(error);
  outcomes.set(place.leaf.id, { why: `${error.kind}: ${error.message}` });
}

/** Keeps a grade that the model has given. */
export function keep(
  { grades, outcomes }: Judging,
  { place: { leaf }, key }: OpenLeaf,
  { value, used }: { value: { expectations: string; reality: string; score: 0 | 1 }; used: Usage },
): void {
  const grade = {
    leaf: leaf.id,
    requirements: leaf.requirements,
    category: leaf.task_category ?? '',
    score: value.score,
    checked: value.expectations,
    found: value.reality,
  };
  grades.add(key, grade, used);
  outcomes.set(leaf.id, { grade });
}

/** Grades one leaf by as many questions as it takes; what they took is counted, whatever comes of them. */
export async function gradeLeaf(judging: Judging, views: Views, leaf: OpenLeaf): Promise<void> {
  const used = noUsage();
  try {
    for (const [index, scale] of SCALES.entries()) {
      try {
        const view = views(leaf.place.leaf.task_category as GradedCategory, scale);
        return keep(judging, leaf, { value: await gradeAt(judging, { view, leaf, used }), used });
      } catch (error) {
        const isTooLong = error instanceof ModelError && error.kind === 'context-overflow';
        if (!isTooLong || index === SCALES.length - 1) throw error;
      }
    }
  } catch (error) {
    judging.grades.lose(leaf.key, used);
    throw error;
  }
}

interface Asking {
  view: View;
  leaf: OpenLeaf;
  used: Usage;
}

async function gradeAt(judging: Judging, { view, leaf: { place }, used }: Asking) {
  const { prompts, settings } = judging;
  let files: { text: string }[] | undefined;
  if (view.isRanked) {
    const request = rankRequest(prompts, view, { place, count: settings.rankedFiles });
    const ranked = await askCounted(judging, { request, shape: ranking }, used);
    files = pickFiles(view, ranked.files, settings.rankedFiles);
  }
  return askCounted(judging, { request: gradeRequest(prompts, view, { place, files }), shape: grading }, used);
}

/** Asks, and adds to `used` what that took, also where nothing came of it. */
async function askCounted<T>(
  { model, signal, onProgress }: Judging,
  asked: { request: ModelRequest; shape: Shape<T> },
  used: Usage,
): Promise<T> {
  try {
    const { value, answer } = await askStructured(model, { ...asked, onWait: onProgress }, signal);
    addUsage(used, answer.usage);
    return value;
  } catch (error) {
    if (error instanceof ModelError && error.usage) addUsage(used, error.usage);
    throw error;
  }
}
