import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { createFolderStore } from '../activities/store.ts';
import { poolsWith } from '../cli/pools.ts';
import { workersOf } from '../cli/up.ts';
import { UserError } from '../cli/user-error.ts';
import { homePaths } from '../config/home.ts';
import { readSecret } from '../config/secrets.ts';
import { factoryReport } from '../core/factory/factory-report.ts';
import type { Outcome } from '../core/factory/outcome.ts';
import { provenance } from '../core/factory/provenance.ts';
import { taskKeys } from '../core/factory/task-keys.ts';
import { PROVENANCE } from '../activities/factory/write-task.ts';
import type { Store } from '../activities/store.ts';
import { paperId } from '../core/names.ts';
import { withCluster, type BenchCluster } from './cluster.ts';
import type { Figure } from './figure.ts';

const RUN = 'factory';
/** Beside the checkout. */
const PAPERS = '../shared/data/papers';

/** The real papers through the whole factory with the models of the shipped recipe: what a paper costs and what its checks say. */
export async function factory(): Promise<Figure[]> {
  if (readSecret('ANTHROPIC_API_KEY') === undefined) {
    process.stderr.write('factory: not measured, for it needs ANTHROPIC_API_KEY and some dollars\n');
    return [];
  }
  return withCluster(
    {
      trainer: false,
      pools: (environment) => workersOf(environment, [...poolsWith({ trainer: false, research: true })]),
    },
    measure,
  );
}

async function measure({ client, environment }: BenchCluster): Promise<Figure[]> {
  const folder = resolve(environment.root, PAPERS);
  if (!existsSync(folder)) throw new UserError(`there are no papers in ${PAPERS}, beside the checkout`);
  const recipe = JSON.parse(readFileSync(join(environment.root, 'config/recipes/factory.json'), 'utf8')) as {
    factory: object;
  };
  const here = { ...recipe, factory: { ...recipe.factory, sources: [{ source: 'local', folder }], approveAfter: 0 } };
  const started = { workflowId: RUN, taskQueue: environment.queue, args: [here] };
  const handle = await client.workflow.start('researchFactory', started);
  await handle.result();
  const store = createFolderStore(homePaths(environment.home).store);
  const report = factoryReport.parse(await store.readJson(taskKeys.report(RUN)));
  return Promise.all(
    report.papers.map(async (paper) => figureOf(store, { ...paper, seconds: await secondsOf(client, paper.paper) })),
  );
}

/** Its bound is what a paper may cost; how many of its checks passed stands beside it. */
async function figureOf(
  store: Store,
  { paper, outcome, drop, reason, cost, leaves, seconds }: Outcome & { seconds: number },
): Promise<Figure> {
  const known = await store.readJson(`${taskKeys.task({ run: RUN, paper })}/${PROVENANCE}`);
  const checks = known === undefined ? [] : provenance.parse(known).checks;
  const passed = checks.filter(({ ok }) => ok).length;
  const why = drop?.reason ?? reason;
  return {
    figure: `${paper}: ${outcome}${why === null ? '' : ` (${why})`}`,
    value: cost.usd,
    unit: '$',
    bound: 'at most $25',
    ok: outcome !== 'failed' && cost.usd <= 25,
    detail: { seconds, calls: cost.calls, leaves, checks: checks.length, passed },
  };
}

async function secondsOf(client: Client, paper: string): Promise<number> {
  const { startTime, closeTime } = await client.workflow.getHandle(paperId(RUN, paper)).describe();
  return ((closeTime ?? startTime).getTime() - startTime.getTime()) / 1000;
}
