import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { BEFORE } from '../histories/before.ts';
import { PATHS } from '../histories/paths.ts';
import { askedFor, changedBundle } from './changed-bundle.ts';
import { fileOf } from './histories.ts';
import type { World } from './workflows.ts';

/** What was played: a run, and whose histories are kept where the run has several workflows of a type. */
export interface Played {
  run: string;
  /** What the id of the one that is meant is like, by type; the last that began, where this does not say. */
  picks?: Record<string, RegExp>;
}

/**
 * Plays a path in a world and keeps the histories that the table says. One that has all of its histories is not played: what is
 * there stays, because it shows that what runs since before a change goes on. To record a path again, remove its files.
 */
export async function record(world: World, path: string, play: () => Promise<Played>): Promise<void> {
  const row = [...PATHS, ...BEFORE].find((one) => one.path === path);
  if (!row) throw new Error(`the tables of test/histories have no path "${path}"`);
  const missing = row.has.map((type) => `${path}.${type}`).filter((name) => !existsSync(fileOf(name)));
  if (missing.length === 0) return;
  const scratch = mkdtempSync(join(tmpdir(), 'longhaul-bundle-'));
  const bundle = row.without === undefined ? undefined : changedBundle(scratch, [askedFor(row.without), 'false']);
  try {
    await world.whileWorking(async () => keepAll(world.client, missing, await play()), bundle);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function keepAll(client: Client, names: readonly string[], { run, picks = {} }: Played): Promise<void> {
  const executions = await executionsOf(client, run);
  for (const name of names) {
    const [, type = '', number] = name.split('.');
    const found = executions.filter((one) => one.type === type && (picks[type]?.test(one.workflowId) ?? true));
    const one = number === undefined ? found.at(-1) : found[Number(number) - 1];
    if (!one) throw new Error(`of ${name} there was no workflow`);
    await keep(name, client.workflow.getHandle(one.workflowId, one.runId, { followRuns: false }));
  }
}

/** All executions of a run and of what is below it, in the order in which they began. */
async function executionsOf({ workflow }: Client, run: string) {
  const found: { type: string; workflowId: string; runId: string; startTime: Date }[] = [];
  const query = `WorkflowId = "${run}" OR WorkflowId STARTS_WITH "${run}."`;
  for await (const one of workflow.list({ query })) found.push(one);
  return found.toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

/** Keeps the history of an execution, once it is over. */
async function keep(name: string, handle: WorkflowHandle): Promise<void> {
  await handle.result().catch(() => undefined);
  const file = fileOf(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, written(historyToJSON(await handle.fetchHistory())));
}

/** One event a line, without what no replay asks for, and without what tells of the machine. */
export function written(json: string): string {
  const { events } = JSON.parse(json, leaveOut) as { events: object[] };
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

const SERVERS = ['taskId', 'requestId', 'namespace', 'namespaceId', 'parentWorkflowNamespaceId', 'historySizeBytes'];
const WORKERS = ['identity', 'workerVersion', 'meteringMetadata', 'userMetadata', 'header', 'stackTrace'];
const UNASKED = new Set([...SERVERS, ...WORKERS]);

function leaveOut(key: string, value: unknown): unknown {
  // A workflow task is queued for a worker, by the name of its process.
  const isOfTask = key === 'workflowTaskScheduledEventAttributes' && typeof value === 'object';
  if (isOfTask) return { ...value, taskQueue: undefined };
  return UNASKED.has(key) ? undefined : value;
}
