import { z } from 'zod';
import { funnelOf } from '../../core/factory/drop.ts';
import type { FactoryReport } from '../../core/factory/factory-report.ts';
import { conversion as conversionSchema } from '../../core/factory/conversion.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { noPaperCost, type Outcome } from '../../core/factory/outcome.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { provenance as provenanceSchema } from '../../core/factory/provenance.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import { FOLDER } from '../../core/task-folder.ts';
import { factoryPage } from '../report/factory/page.ts';
import { paperPage, type PaperView } from '../report/factory/paper-page.ts';
import type { Store } from '../store.ts';
import { readPaperRecord } from './material.ts';
import { readOutcome } from './outcomes.ts';
import { readDecontamination } from './read-paper.ts';
import { PROVENANCE } from './write-task.ts';

/** Writes `factory.json` of a run from the outcomes in the store alone, and the pages that show it. */
export async function writeFactoryReport(store: Store, run: string): Promise<FactoryReport> {
  const papers = z.array(z.string()).parse((await store.readJson(factoryKeys.list(run))) ?? []);
  const outcomes: Outcome[] = [];
  for (const paper of papers) {
    const outcome = await readOutcome(store, { run, paper });
    if (outcome) outcomes.push(outcome);
  }
  const drops = outcomes.map(({ drop }) => drop).filter((drop) => drop !== null);
  const report: FactoryReport = {
    run,
    found: papers.length,
    open: papers.length - outcomes.length,
    funnel: funnelOf(papers.length, drops),
    papers: outcomes,
    cost: outcomes.reduce((sum, { cost }) => addCost(sum, cost), noPaperCost()),
  };
  await store.writeJson(taskKeys.report(run), report);
  await store.write(taskKeys.reportPage(run), factoryPage(report));
  for (const outcome of outcomes) await writePaperPage(store, { run, paper: outcome.paper }, outcome);
  return report;
}

/** The page of one paper, from what the store has of it. */
async function writePaperPage(store: Store, place: PaperPlace, outcome: Outcome): Promise<void> {
  const [conversion, code, decontamination] = await Promise.all([
    store.readJson(factoryKeys.converted(place)),
    store.readJson(factoryKeys.code(place)),
    readDecontamination(store, place),
  ]);
  const view: PaperView = {
    record: await readPaperRecord(store, place),
    outcome,
    conversion: conversion === undefined ? null : conversionSchema.parse(conversion),
    code: code === undefined ? null : (code as PaperView['code']),
    decontamination,
    task: await writtenTask(store, place),
  };
  await store.write(taskKeys.page(place), paperPage(view));
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

function addCost(sum: Outcome['cost'], cost: Outcome['cost']): Outcome['cost'] {
  return Object.fromEntries(
    (Object.keys(sum) as (keyof Outcome['cost'])[]).map((key) => [key, sum[key] + cost[key]]),
  ) as Outcome['cost'];
}
