import { z } from 'zod';
import { funnelOf } from '../../core/factory/drop.ts';
import type { FactoryReport } from '../../core/factory/factory-report.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { noPaperCost, type Outcome } from '../../core/factory/outcome.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Store } from '../store.ts';
import { readOutcome } from './outcomes.ts';

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
  return report;
}

function addCost(sum: Outcome['cost'], cost: Outcome['cost']): Outcome['cost'] {
  return Object.fromEntries(
    (Object.keys(sum) as (keyof Outcome['cost'])[]).map((key) => [key, sum[key] + cost[key]]),
  ) as Outcome['cost'];
}
