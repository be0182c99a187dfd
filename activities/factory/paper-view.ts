import { conversion as conversionSchema } from '../../core/factory/conversion.ts';
import { filterLines } from '../../core/factory/filter-words.ts';
import type { FilterRule } from '../../core/factory/filters.ts';
import { provenHardware } from '../../core/factory/hardware.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { Outcome } from '../../core/factory/outcome.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { provenance as provenanceSchema } from '../../core/factory/provenance.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import { FOLDER } from '../../core/task-folder.ts';
import type { PaperView } from '../report/factory/paper-page.ts';
import type { Store } from '../store.ts';
import { readAnswers } from './calls.ts';
import { readPaperRecord } from './material.ts';
import { readDecontamination } from './read-paper.ts';
import { PROVENANCE } from './write-task.ts';

/** Everything that the store has of one paper, for its page. */
export async function readPaperView(
  store: Store,
  outcome: Outcome,
  { run, filters }: { run: string; filters: readonly FilterRule[] },
): Promise<PaperView> {
  const place = { run, paper: outcome.paper };
  const [kept, code, decontamination] = await Promise.all([
    store.readJson(factoryKeys.converted(place)),
    store.readJson(factoryKeys.code(place)) as Promise<PaperView['code'] | undefined>,
    readDecontamination(store, place),
  ]);
  const record = await readPaperRecord(store, place);
  const conversion = kept === undefined ? null : conversionSchema.parse(kept);
  const hardware = await readHardware(store, place, conversion);
  const facts = { fields: record, conversion: conversion ?? undefined, code: code ?? undefined, hardware };
  return {
    record,
    outcome,
    conversion,
    code: code ?? null,
    decontamination,
    filters: filterLines(filters, facts),
    task: await writtenTask(store, place),
  };
}

/** The model's answer on hardware, as far as the paper bears it out. */
async function readHardware(store: Store, place: PaperPlace, conversion: PaperView['conversion']) {
  const { hardware } = await readAnswers(store, place);
  if (!hardware || !conversion) return undefined;
  return provenHardware(hardware, (await store.read(store.keyOf(conversion.markdown))).toString('utf8'));
}

/** The task as it was published, or as it stood when its dry judging dropped it. */
async function writtenTask(store: Store, place: PaperPlace): Promise<PaperView['task']> {
  for (const key of [taskKeys.task(place), taskKeys.draft(place)]) {
    const known = await store.readJson(`${key}/${PROVENANCE}`);
    if (known === undefined) continue;
    const rubric = parseRubric((await store.read(`${key}/${FOLDER.rubric}`)).toString('utf8'));
    return { rubric, provenance: provenanceSchema.parse(known) };
  }
  return null;
}
