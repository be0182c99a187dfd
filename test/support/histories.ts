import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';

/** Where recorded histories lie; one is named `<path>.<workflow type>`, with a number where an id was executed more than once. */
export const HISTORIES = 'test/histories';

const SUFFIX = '.json';

export const recordedHistories = (): string[] =>
  readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();

export const fileOf = (name: string): string => join(HISTORIES, `${name}${SUFFIX}`);

export const readHistory = (name: string): temporal.api.history.v1.IHistory =>
  historyFromJSON(JSON.parse(readFileSync(fileOf(name), 'utf8')));

/** What each of the histories fails with under the workflows of a bundle; undefined where it replays. */
export async function replayed(names: readonly string[], codePath: string): Promise<Map<string, Error | undefined>> {
  const found = new Map<string, Error | undefined>();
  let at = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, given(names))) {
    found.set(names[at++] ?? '', error);
  }
  return found;
}

/** Each under the id that it was recorded with, for names are computed from it. */
function* given(names: readonly string[]) {
  for (const name of names) {
    const history = readHistory(name);
    const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
    yield { history, workflowId };
  }
}
