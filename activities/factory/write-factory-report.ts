import { z } from 'zod';
import { funnelOf } from '../../core/factory/drop.ts';
import { factoryPart } from '../../core/factory/factory-recipe.ts';
import type { FactoryReport } from '../../core/factory/factory-report.ts';
import type { FilterRule } from '../../core/factory/filters.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { noPaperCost, type Outcome } from '../../core/factory/outcome.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { readRunManifest } from '../bookkeeping/start-run.ts';
import { keptWords } from '../report/factory/checks.ts';
import { factoryPage } from '../report/factory/page.ts';
import { paperPage } from '../report/factory/paper-page.ts';
import type { Store } from '../store.ts';
import { readOutcome } from './outcomes.ts';
import { readPaperView } from './paper-view.ts';

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
  const filters = await filtersOf(store, run);
  const kept = new Map<string, string>();
  for (const outcome of outcomes) {
    const view = await readPaperView(store, outcome, { run, filters });
    await store.write(taskKeys.page({ run, paper: outcome.paper }), paperPage(view));
    if (view.task && outcome.outcome === 'made') kept.set(outcome.paper, keptWords(view.task.provenance));
  }
  await store.write(taskKeys.reportPage(run), factoryPage(report, kept));
  return report;
}

/** The filters of the run's recipe. */
async function filtersOf(store: Store, run: string): Promise<FilterRule[]> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) return [];
  const part = factoryPart.safeParse(await store.readJson(store.keyOf(manifest.recipe)));
  return part.success ? part.data.factory.filters : [];
}

function addCost(sum: Outcome['cost'], cost: Outcome['cost']): Outcome['cost'] {
  return Object.fromEntries(
    (Object.keys(sum) as (keyof Outcome['cost'])[]).map((key) => [key, sum[key] + cost[key]]),
  ) as Outcome['cost'];
}
