import { renamed } from '../../activities/bookkeeping/copy-renamed.ts';
import { readRecord } from '../../activities/record-outcome.ts';
import { keys, parseRolloutId, rolloutId, type RolloutPlace } from '../../core/names.ts';
import type { RolloutRecord } from '../../core/record.ts';
import { playsRollouts } from '../../core/stages.ts';
import { checkpointOf, type Checkpoints } from './checkpoints.ts';
import { add, takenFrom, type Reading } from './reading.ts';

/** The scored rollouts of a stage's groups, by `groupName`. */
export type Groups = ReadonlyMap<string, readonly RolloutRecord[]>;

export const groupName = ({ stage, step, task }: Pick<RolloutPlace, 'stage' | 'step' | 'task'>): string =>
  [stage, step, task].join('.');

/** A rollout stands on its verdict, that on its task; one that checkpoints played also on those. */
export async function addRollouts(reading: Reading, checkpoints: Checkpoints): Promise<Groups> {
  const { store, run, graph } = reading;
  const groups = new Map<string, RolloutRecord[]>();
  for (const rollout of await store.list(`${keys.run(run)}/rollouts`)) {
    const place = parseRolloutId(rollout);
    const record = await readRecord(store, rollout);
    const policies = policiesOf(reading, { place, record, checkpoints });
    const made = addRollout(reading, { rollout, record, policies, from: await otherRunOf(reading, place) });
    for (const policy of policies) if (checkpoints.has(policy)) graph.edges.push({ made, of: `checkpoint:${policy}` });
    if (record?.outcome !== 'scored') continue;
    const group = groupName(place);
    groups.set(group, [...(groups.get(group) ?? []), record]);
  }
  return groups;
}

interface Found {
  rollout: string;
  /** None while it plays. */
  record: RolloutRecord | undefined;
  policies: string[];
  from: string | undefined;
}

function addRollout(reading: Reading, { rollout, record, policies, from }: Found): string {
  const { graph } = reading;
  const task = `task:${parseRolloutId(rollout).task}`;
  const made = add(reading, `rollout:${rollout}`, {
    outcome: record?.outcome ?? 'none yet',
    ...(policies.length > 0 ? { policy: policies.join(', ') } : {}),
    ...(record ? { turns: record.turns } : {}),
    ...takenFrom(from),
  });
  if (record?.score === undefined) graph.edges.push({ made, of: task });
  else {
    const verdict = add(reading, `verdict:${rollout}`, { score: record.score, ...takenFrom(from) });
    graph.edges.push({ made, of: verdict }, { made: verdict, of: task });
  }
  return made;
}

/** Who played: the checkpoints that its turns name. The policy of the record is the stage's name in RL, and says nothing there. */
function policiesOf(
  { stages }: Reading,
  { place, record, checkpoints }: { place: RolloutPlace; record: RolloutRecord | undefined; checkpoints: Checkpoints },
): string[] {
  const played = (record?.policyVersions ?? []).flatMap((version) => checkpointOf(checkpoints, version)?.name ?? []);
  if (played.length > 0) return [...new Set(played)];
  const stage = stages.get(place.stage);
  if (stage?.type === 'rl') return [];
  const policy = record?.policy ?? (stage && playsRollouts(stage) ? stage.policy : undefined);
  return policy === undefined ? [] : [policy];
}

/**
 * The run that played it, where it was taken over. Of a stage that was taken over whole the manifest says it; of one that was in
 * part, what was copied is what that run has, with the names of this one.
 */
async function otherRunOf(
  { store, run, recipe, manifests }: Reading,
  place: RolloutPlace,
): Promise<string | undefined> {
  const whole = manifests.get(place.stage)?.reusedFrom;
  const from = recipe.resumeFrom ?? recipe.forkFrom?.run;
  if (whole !== undefined || from === undefined) return whole;
  const [mine, theirs] = [keys.record(rolloutId(place)), keys.record(rolloutId({ ...place, run: from }))];
  if (!(await store.exists(mine)) || !(await store.exists(theirs))) return undefined;
  const copy = renamed({ from, to: run }, (await store.read(theirs)).toString());
  return copy === (await store.read(mine)).toString() ? from : undefined;
}
