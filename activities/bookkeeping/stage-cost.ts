import { noCost } from '../../core/nothing.ts';
import type { LedgerRow } from '../../core/ledger.ts';
import { costOf, type RolloutRecord } from '../../core/record.ts';
import type { StageReport } from '../../core/report.ts';
import type { Stage } from '../../core/stages.ts';
import type { Cost } from '../../core/status.ts';
import { writeFactoryReport } from '../factory/write-factory-report.ts';
import { readRecord } from '../record-outcome.ts';
import { readSteps, updateSeconds } from '../rl/files.ts';
import type { Store } from '../store.ts';
import { readAdopted } from './adopted.ts';

interface Closed {
  run: string;
  stage: Stage;
  report: StageReport;
  rows: readonly LedgerRow[];
}

/** What a stage that has ended has cost its run: rollouts, updates and, of a factory, its calls. What it took over cost another. */
export async function stageCost(store: Store, { run, stage, report, rows }: Closed): Promise<Cost> {
  const cost = noCost();
  const adopted = await readAdopted(store, run, stage.name);
  const paid = new Set(adopted?.rollouts);
  for (const { rollout } of rows.filter((row) => !paid.has(row.rollout))) {
    const record = await readRecord(store, rollout);
    if (record) addRollout(cost, record);
  }
  cost.gpuSeconds = report.training?.seconds ?? 0;
  if (stage.type === 'rl')
    cost.gpuSeconds = updateSeconds(await readSteps(store, { run, stage: stage.name }), adopted?.steps);
  if (stage.type === 'factory') await addCalls(store, run, cost);
  return cost;
}

type Paid = Omit<Cost, 'gpuSeconds'>;

/** Of a rollout: of playing and of judging. */
export function addRollout(cost: Paid, record: RolloutRecord): void {
  const { usd, inputTokens, outputTokens } = costOf(record);
  cost.usd += usd;
  cost.inputTokens += inputTokens;
  cost.outputTokens += outputTokens;
  cost.sandboxSeconds += record.sandboxSeconds;
}

/** What the factory paid is part of what the run cost. */
export async function addCalls(store: Store, run: string, cost: Paid): Promise<void> {
  const { cost: paid } = await writeFactoryReport(store, run);
  cost.usd += paid.paid;
  cost.inputTokens += paid.inputTokens;
  cost.outputTokens += paid.outputTokens;
}
