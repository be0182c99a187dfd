import { createHash } from 'node:crypto';
import type { GradedCategory } from '../../../core/judging/files.ts';
import { addUsage, noUsage, type Usage } from '../../../core/trajectory.ts';
import { askBatch } from '../../models/ask-batch.ts';
import { parseStructured, structuredRequest, type Shape } from '../../models/ask-structured.ts';
import { failureOf, ModelError } from '../../models/model-error.ts';
import type { ModelAnswer, ModelRequest } from '../../models/model.ts';
import { createViews, gradeLeaf, isKnown, keep, setAside, type Views } from './ask-one-by-one.ts';
import { inPool } from './in-pool.ts';
import type { Judging, OpenLeaf } from './judging.ts';
import { gradeRequest, grading, pickFiles, ranking, rankRequest } from './requests.ts';

/** Asks about all leaves at once, where latency does not matter: one batch that picks files, one that grades. */
export async function askInBatches(judging: Judging, all: readonly OpenLeaf[]): Promise<void> {
  const open = all.filter((leaf) => !isKnown(judging, leaf));
  const views = createViews(judging);
  const { prompts, settings } = judging;
  const viewOf = ({ place }: OpenLeaf) => views(place.leaf.task_category as GradedCategory);
  const files = new Map<string, { text: string }[]>();
  const used = new Map<string, Usage>(open.map(({ key }) => [key, noUsage()]));
  await ask(judging, 'rank', {
    leaves: open.filter((leaf) => viewOf(leaf).isRanked),
    shape: ranking,
    views,
    used,
    requestOf: (leaf) => rankRequest(prompts, viewOf(leaf), { place: leaf.place, count: settings.rankedFiles }),
    take: (leaf, value, usage) => {
      files.set(leaf.key, pickFiles(viewOf(leaf), value.files, settings.rankedFiles));
      addUsage(used.get(leaf.key) ?? noUsage(), usage);
    },
  });
  await ask(judging, 'grade', {
    leaves: open.filter(({ place }) => !judging.outcomes.has(place.leaf.id)),
    shape: grading,
    views,
    used,
    requestOf: (leaf) => gradeRequest(prompts, viewOf(leaf), { place: leaf.place, files: files.get(leaf.key) }),
    take: (leaf, value, usage) =>
      keep(judging, leaf, { value, used: addUsage({ ...(used.get(leaf.key) ?? noUsage()) }, usage) }),
  });
}

interface Phase<T> {
  leaves: readonly OpenLeaf[];
  shape: Shape<T>;
  requestOf(leaf: OpenLeaf): ModelRequest;
  take(leaf: OpenLeaf, value: T, usage: Usage): void;
  views: Views;
  /** What was asked about a leaf so far, by its key. */
  used: ReadonlyMap<string, Usage>;
}

/** One batch. What came back misshapen, too long or not at all is asked again by itself, as where there are no batches. */
async function ask<T>(
  judging: Judging,
  name: string,
  { leaves, shape, requestOf, take, views, used }: Phase<T>,
): Promise<void> {
  const requests = leaves.map((leaf) => ({
    id: leaf.key,
    request: structuredRequest(judging.model, requestOf(leaf), shape),
  }));
  const answers = await batch(judging, name, requests);
  await inPool(leaves, judging.settings.concurrency, async (leaf) => {
    try {
      const answer = answers.get(leaf.key);
      const found = answer && !(answer instanceof ModelError) ? parseStructured(answer, shape) : undefined;
      if (answer && !(answer instanceof ModelError) && found && 'value' in found)
        return take(leaf, found.value, answer.usage);
      judging.grades.lose(leaf.key, addUsage({ ...(used.get(leaf.key) ?? noUsage()) }, answer?.usage ?? noUsage()));
      await gradeLeaf(judging, views, leaf);
    } catch (error) {
      setAside(judging, leaf, error);
    } finally {
      judging.onProgress();
    }
  });
}

/** The batch's name is kept beside the grades: an attempt that takes over fetches it instead of paying for another. */
async function batch(
  { model, store, version, submission, signal, onProgress, pollSeconds = 30 }: Judging,
  name: string,
  requests: { id: string; request: ModelRequest }[],
): Promise<Map<string, ModelAnswer | ModelError>> {
  const ids = createHash('sha256')
    .update(requests.map(({ id }) => id).join())
    .digest('hex');
  const key = `judging/${version}/${submission}.${name}-${ids.slice(0, 16)}.batch.json`;
  const kept = {
    read: async () => ((await store.readJson(key)) as { batch: string } | undefined)?.batch,
    write: async (id: string) => void (await store.writeJson(key, { batch: id })),
  };
  try {
    return await askBatch(model, { requests, kept, pollSeconds, onPoll: onProgress }, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error);
  }
}
