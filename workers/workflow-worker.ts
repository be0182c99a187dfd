import type { WorkerOptions } from '@temporalio/worker';

/**
 * Of every worker that executes workflows. A message that is too large is refused by the run, and its refusal repeats it: held
 * back by the worker, it would fail every workflow task from then on.
 */
export const WORKFLOW_WORKER = { disablePayloadErrorLimit: true } satisfies Partial<WorkerOptions>;
