import { decontamination as decontaminationSchema, type Decontamination } from '../../core/factory/decontamination.ts';
import type { Drop } from '../../core/factory/drop.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import { dropByFilters, type PaperFacts } from '../../core/factory/filters.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { PaperSummary } from '../../core/factory/board.ts';
import type { Beat } from '../agent/heartbeat.ts';
import type { Store } from '../store.ts';
import { readPaperRecord, type Material } from './material.ts';
import type { PaperTools } from './paper-tools.ts';
import { recordDrop } from './outcomes.ts';
import { planRubric, type RubricPlan } from './plan-rubric.ts';

export interface ReadPaperDependencies {
  store: Store;
  papers: PaperTools;
  material(place: PaperPlace): Promise<Material>;
}

/** A paper that is converted, whose code is there and that is nobody's evaluation; or why it is dropped. */
export type ReadPaper = { dropped: PaperSummary } | { plan: RubricPlan };

/**
 * Makes a paper readable and decides whether to go on with it. Each step keeps what it found by its content, so an attempt that
 * takes over goes on after the last one.
 */
export async function readPaper(
  deps: ReadPaperDependencies,
  { place, settings, signal, progress }: { place: PaperPlace; settings: FactorySettings } & Beat,
): Promise<ReadPaper> {
  const { store, papers } = deps;
  const drop = await firstDrop(place, settings, {
    fields: () => readPaperRecord(store, place),
    convert: () => papers.convert({ place, settings, signal }),
    fetchCode: () => papers.fetchCode({ place, settings, signal }),
    decontaminate: () => papers.decontaminate({ place, settings, signal }),
    progress,
  });
  if (drop) return { dropped: await recordDrop(store, place, drop) };
  return { plan: await planRubric(store, place, { material: await deps.material(place), settings }) };
}

interface Steps {
  fields(): Promise<PaperFacts['fields']>;
  convert(): ReturnType<PaperTools['convert']>;
  fetchCode(): ReturnType<PaperTools['fetchCode']>;
  decontaminate(): ReturnType<PaperTools['decontaminate']>;
  progress(now: unknown): void;
}

async function firstDrop({ paper }: PaperPlace, { filters }: FactorySettings, steps: Steps): Promise<Drop | null> {
  const facts: PaperFacts = { fields: await steps.fields() };
  steps.progress('converts');
  const converted = await steps.convert();
  if (!converted.ok) return { paper, step: 'conversion', rule: 'converter', reason: converted.reason, evidence: null };
  facts.conversion = converted.conversion;
  const early = dropByFilters(filters, paper, facts);
  if (early) return early;
  steps.progress('fetches the code');
  facts.code = await steps.fetchCode();
  const late = dropByFilters(filters, paper, facts);
  if (late) return late;
  steps.progress('compares with what is evaluated on');
  return contaminated(paper, await steps.decontaminate());
}

function contaminated(paper: string, { contaminated: isOne, matches: [match] }: Decontamination): Drop | null {
  if (!isOne || !match) return null;
  const { kind, with: other, ours, theirs, similarity, threshold } = match;
  const reason = `it is, or contains, the evaluation paper ${other}: ${kind} alike to ${similarity.toFixed(2)} (from ${threshold} on)`;
  return { paper, step: 'decontamination', rule: kind, reason, evidence: `${ours} ~ ${theirs}` };
}

export async function readDecontamination(store: Store, place: PaperPlace): Promise<Decontamination | null> {
  const found = await store.readJson(factoryKeys.decontamination(place));
  return found === undefined ? null : decontaminationSchema.parse(found);
}
