import { z } from 'zod';
import { readOutcome } from '../../activities/factory/outcomes.ts';
import { keys } from '../../core/names.ts';
import { add, takenFrom, type Reading } from './reading.ts';

/** A task stands on its paper. */
export async function addTasks(reading: Reading): Promise<void> {
  const { store, run, graph } = reading;
  for (const task of await store.list(`${keys.run(run)}/tasks`)) {
    if (task.includes('.')) continue;
    const from = takenFrom(await makerOf(reading, task));
    const of = add(reading, `paper:${task}`, { ...(await titleOf(reading, task)), ...from });
    graph.edges.push({ made: add(reading, `task:${task}`, from), of });
  }
}

const placed = z.object({ title: z.string() });

/** Micropapers have none. */
async function titleOf({ store, run }: Reading, task: string): Promise<{ title?: string }> {
  return placed.safeParse(await store.readJson(`${keys.task(run, task)}/task.json`)).data ?? {};
}

/** The run whose factory made it, where that was another one. */
async function makerOf({ store, run, manifests, stages }: Reading, paper: string): Promise<string | undefined> {
  if (!stages.has('factory')) return undefined;
  return manifests.get('factory')?.reusedFrom ?? (await readOutcome(store, { run, paper }))?.from;
}
