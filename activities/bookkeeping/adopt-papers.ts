import { z } from 'zod';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { Outcome } from '../../core/factory/outcome.ts';
import { collectedPapers } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { readOutcome } from '../factory/outcomes.ts';
import type { Store } from '../store.ts';
import type { Moving } from './copy-renamed.ts';

/**
 * Takes over the papers of another run's factory: the list of all, what is known of each, and the whole of those that were made or
 * dropped. Their outcomes, which come last, say whose work it was. A run that has a list of its own keeps to it; how many there were.
 */
export async function adoptPapers(store: Store, { from, to, next }: Moving): Promise<number> {
  const known = await store.readJson(taskKeys.collected(from));
  if (known === undefined || (await store.exists(taskKeys.collected(to)))) return 0;
  const papers = z.array(z.string()).parse(await store.readJson(factoryKeys.list(from)));
  let count = 0;
  for (const paper of papers) {
    next(paper);
    if (await adoptPaper(store, { from, to, paper })) count += 1;
  }
  const list = await store.writeJson(factoryKeys.list(to), papers);
  await store.writeJson(taskKeys.collected(to), { ...collectedPapers.parse(known), list });
  return count;
}

/** Whether the paper had come to its end; of one that had not its record is taken, and the rest is found by its content. */
async function adoptPaper(store: Store, { from, to, paper }: { from: string; to: string; paper: string }) {
  const [theirs, mine] = [
    { run: from, paper },
    { run: to, paper },
  ];
  const outcome = await readOutcome(store, theirs);
  if (outcome?.outcome !== 'made' && outcome?.outcome !== 'dropped') {
    await store.copy(factoryKeys.record(theirs), factoryKeys.record(mine));
    return false;
  }
  for (const name of await store.list(factoryKeys.paper(theirs))) {
    if (name === OUTCOME) continue;
    await store.copy(`${factoryKeys.paper(theirs)}/${name}`, `${factoryKeys.paper(mine)}/${name}`);
  }
  await store.copy(taskKeys.task(theirs), taskKeys.task(mine));
  await store.writeJson(taskKeys.outcome(mine), takenOver(outcome, from));
  return true;
}

const OUTCOME = 'outcome.json';

/** This run has paid nothing for it. */
function takenOver(outcome: Outcome, from: string): Outcome {
  const { calls, usd } = outcome.cost;
  const cost = { calls, reused: calls, usd, paid: 0, inputTokens: 0, outputTokens: 0 };
  return { ...outcome, cost, from: outcome.from ?? from };
}
