import { advantagesOf, isFlat, type GroupMember } from '../../core/advantage.ts';
import { keys } from '../../core/names.ts';
import type { RolloutRecord } from '../../core/record.ts';
import type { Group } from '../../core/rl-state.ts';
import type { RlStage } from '../../core/stages.ts';
import { mean, standardError } from '../../core/statistics.ts';
import { finishedTurns, type Turn } from '../../core/trajectory.ts';
import { readTurnLog } from '../agent/turn-log.ts';
import { invalidInput } from '../failures.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { idOf } from './files.ts';

/** A rollout of a batch, as it was played and judged. */
export interface Played {
  record: RolloutRecord;
  turns: Turn[];
}

/** The groups of a batch with their scored rollouts: nothing else enters a baseline. */
export async function readBatch(
  store: Store,
  { run, stage, batch }: { run: string; stage: string; batch: readonly Group[] },
): Promise<Played[][]> {
  return Promise.all(
    batch.map(({ step, task, scored }) =>
      Promise.all(
        scored
          .toSorted((a, b) => a - b)
          .map(async (member) => {
            const rollout = idOf({ run, stage }, { step, task, member });
            const record = await readRecord(store, rollout);
            if (record?.outcome !== 'scored')
              throw new Error(`${rollout} counts as scored, but its record does not say so`);
            return { record, turns: finishedTurns(await readTurnLog(store.path(keys.turns(rollout)))) };
          }),
      ),
    ),
  );
}

/** Throws where turns are gone that a score rests on: the step would train on less than was played, or on nothing, and not say so. */
export function demandTurns(groups: readonly (readonly Played[])[]): void {
  for (const { record, turns } of groups.flat()) {
    if (turns.length >= record.turns) continue;
    throw invalidInput(
      `${record.rollout} was scored after ${record.turns} turns, but its turn log has ${turns.length}: ` +
        `put back ${keys.turns(record.rollout)} and resume, or skip the stage`,
    );
  }
}

/** The advantage of every rollout that is to be trained. Windows by rollout matter where the baseline is over windows only. */
export function advantagesIn(
  groups: readonly (readonly Played[])[],
  { baseline, flatGroups }: Pick<RlStage, 'baseline' | 'flatGroups'>,
  windows: ReadonlyMap<string, number> = new Map(),
): { played: Played; advantage: number }[] {
  return groups.flatMap((group) => {
    const members = group.map((played) => memberOf(played, windows.get(played.record.rollout) ?? 0));
    if (isFlat(members) && flatGroups === 'skip') return [];
    const advantages = new Map(advantagesOf(members, baseline).map(({ rollout, advantage }) => [rollout, advantage]));
    return group.flatMap((played) => {
      const advantage = advantages.get(played.record.rollout);
      return advantage === undefined ? [] : [{ played, advantage }];
    });
  });
}

const memberOf = ({ record }: Played, windows: number): GroupMember => ({
  rollout: record.rollout,
  outcome: record.outcome,
  score: record.score ?? null,
  windows,
});

/** What a step says of its batch. */
export function figuresOf(groups: readonly (readonly Played[])[]) {
  const all = groups.flat();
  const scores = all.map(({ record }) => record.score ?? 0);
  const ends: Record<string, number> = {};
  for (const { record } of all) ends[record.end ?? 'unknown'] = (ends[record.end ?? 'unknown'] ?? 0) + 1;
  const flat = groups.filter((group) => isFlat(group.map((played) => memberOf(played, 0)))).length;
  return {
    score: { mean: mean(scores), stderr: standardError(scores), n: scores.length },
    turns: mean(all.map(({ record }) => record.turns)),
    activeSeconds: mean(all.map(({ record }) => record.activeSeconds)),
    ends,
    groups: { count: groups.length, flat },
  };
}

/**
 * Turns by how many updates their policy was behind the checkpoint that is trained; `unknown` where a version says nothing.
 * `checkpoints` are those of the stage in order, from the one that it started from to the one that is trained: a step that
 * trained nothing has none.
 */
export function stalenessOf(
  groups: readonly (readonly Played[])[],
  checkpoints: readonly string[],
): Record<string, number> {
  const lags: Record<string, number> = {};
  for (const { acted } of groups.flat().flatMap(({ turns }) => turns)) {
    const updates = checkpoints.indexOf(acted.policyVersion.replace(/-[0-9a-f]{12}$/, ''));
    const lag = updates < 0 ? 'unknown' : String(checkpoints.length - 1 - updates);
    lags[lag] = (lags[lag] ?? 0) + 1;
  }
  return lags;
}
