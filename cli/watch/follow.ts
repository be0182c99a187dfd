import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { runStatus, type RunStatus } from '../../core/status.ts';

export type Outcome = { type: 'completed' } | { type: 'failed'; why: string } | { type: 'left' };

export interface Followed {
  everyMs: number;
  /** Aborted when nobody wants to watch any longer. */
  signal: AbortSignal;
  onStatus(status: RunStatus): Promise<void>;
}

/** Asks a run again and again how it stands, until it ends; a server or a worker that is just being restarted is waited for. */
export async function follow(handle: WorkflowHandle, { everyMs, signal, onStatus }: Followed): Promise<Outcome> {
  while (!signal.aborted) {
    const status = await queryStatus(handle);
    if (status) await onStatus(status);
    if (await hasEnded(handle)) return outcomeOf(handle);
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
  return { type: 'left' };
}

async function queryStatus(handle: WorkflowHandle): Promise<RunStatus | undefined> {
  const answer = await handle.query('status').catch(() => undefined);
  const parsed = runStatus.safeParse(answer);
  return parsed.success ? parsed.data : undefined;
}

async function hasEnded(handle: WorkflowHandle): Promise<boolean> {
  const description = await handle.describe().catch(() => undefined);
  return description !== undefined && description.status.name !== 'RUNNING';
}

async function outcomeOf(handle: WorkflowHandle): Promise<Outcome> {
  try {
    await handle.result();
    return { type: 'completed' };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { type: 'failed', why: deepest(error) };
    throw error;
  }
}

/** The innermost cause says what went wrong; the others say where. */
function deepest(error: Error): string {
  return error.cause instanceof Error ? deepest(error.cause) : error.message;
}
