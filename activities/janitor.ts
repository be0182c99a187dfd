import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { stat } from 'node:fs/promises';
import { keys } from '../core/names.ts';
import { endOrphans } from './janitor/end-orphans.ts';
import { partByPart, type Parts, type Swept } from './janitor/part-by-part.ts';
import { retainRun } from './janitor/retain.ts';
import { sweepRun } from './janitor/sweep-run.ts';
import type { SandboxInfo, SandboxProvider } from './sandboxes/sandbox.ts';
import { sweepScratch } from './scratch.ts';
import { ASIDE, type Store } from './store.ts';

const nothing = (): Swept => ({ sandboxes: 0, files: 0, leases: 0, rollouts: 0 });

/** What was used this recently may belong to somebody who is just beginning or ending. */
const GRACE_MS = 60_000;
const STALE_FILE_MS = 3_600_000;

/** Whether a workflow runs now; what cannot be found out counts as running, and is thrown. */
export type IsRunning = (workflowId: string) => Promise<boolean>;

export async function isRunningNow(workflowId: string): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

export interface MachineJanitorDependencies {
  sandboxes: SandboxProvider;
  store: Store;
  scratch: string;
  isRunning?: IsRunning;
}

/** Of a machine that plays rollouts: sandboxes that no rollout owns, and files in the making that nobody makes. */
export function createMachineJanitor(deps: MachineJanitorDependencies) {
  const isRunning = deps.isRunning ?? isRunningNow;

  /** One without a record that does not run goes on at its turn when its parked stage does. */
  async function isOwned({ run, rollout }: SandboxInfo['labels']): Promise<boolean> {
    if (await isRunning(rollout)) return true;
    const hasRecord = await deps.store.exists(`${keys.run(run)}/rollouts/${rollout}/record.json`);
    return !hasRecord && isRunning(run);
  }

  async function sweepMachine(): Promise<Swept> {
    const swept = nothing();
    const parts = partByPart();
    for (const { id, labels, lastUsed } of await deps.sandboxes.list()) {
      if (Date.now() - lastUsed * 1000 < GRACE_MS) continue;
      await parts.sweep(`sandbox ${id}`, async () => {
        if (await isOwned(labels)) return;
        await deps.sandboxes.destroy(id);
        swept.sandboxes += 1;
      });
    }
    await parts.sweep('files in the making', async () => {
      swept.files += await sweepScratch(deps.scratch);
    });
    return parts.ended(swept);
  }

  return { sweepMachine };
}

interface Sweep {
  swept: Swept;
  parts: Parts;
}

/** Of the store: what attempts and jobs have left behind, rollouts that nobody waits for, and what the rules of a recipe give up once its run has ended. */
export function createStoreJanitor(deps: {
  store: Store;
  isRunning?: IsRunning;
  endOrphans?: (run: string) => Promise<number>;
}) {
  const isRunning = deps.isRunning ?? isRunningNow;
  const end = deps.endOrphans ?? endOrphans;

  async function sweepStore(): Promise<Swept> {
    const swept = nothing();
    const parts = partByPart();
    await parts.sweep('files in the making', async () => {
      swept.files += await sweepScratch(deps.store.path(ASIDE));
    });
    for (const run of await deps.store.list('runs')) {
      await parts.sweep(`run ${run}`, async () => sweepOne(run, await isRunning(run), { swept, parts }));
      Context.current().heartbeat({ run, ...swept });
    }
    return parts.ended(swept);
  }

  async function sweepOne(run: string, runs: boolean, { swept, parts }: Sweep): Promise<void> {
    await parts.sweep(`files of run ${run}`, async () => {
      const { files, leases } = await sweepRun(deps.store, run, { runs, isStale });
      swept.files += files;
      swept.leases += leases;
    });
    if (runs) return;
    await parts.sweep(`rollouts of run ${run}`, async () => {
      swept.rollouts += await end(run);
    });
    await parts.sweep(`what run ${run} gives up`, async () => {
      swept.files += await retainRun(deps.store, run);
    });
  }

  return { sweepStore };
}

async function isStale(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > STALE_FILE_MS;
  } catch {
    return false; // it has just gone
  }
}
