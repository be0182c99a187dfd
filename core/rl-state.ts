import type { RlSettings } from './curriculum.ts';

/**
 * What an RL stage carries from step to step: groups that are not trained yet, by names and numbers alone. Pure functions say
 * which rollouts to admit and which groups to train, so that the workflow only waits and acts.
 */
export interface RlState {
  /** Steps that are done. A policy's version is the number of them that were done when it began to play. */
  done: number;
  /** What the engines are to serve: the checkpoint of the last step that trained. */
  checkpoint: string;
  /** Planned and not trained, in the order of their admission. */
  groups: Group[];
  /** Rounds of tasks that were planned so far: a round is the B groups that belong to one step. */
  rounds: number;
}

/** The attempts at one task, each by its number. */
export interface Group {
  /** The step whose round it was planned in, from 1: a part of its rollouts' names. */
  step: number;
  task: string;
  /** Steps that were done when its first rollout began; null before that. */
  since: number | null;
  waiting: number[];
  playing: number[];
  scored: number[];
  lost: number[];
}

/** One rollout of a group. */
export interface Member {
  step: number;
  task: string;
  member: number;
}

/** What decides admission and batches. */
export type Flow = Pick<RlSettings, 'steps' | 'tasksPerStep' | 'rolloutsPerTask' | 'maxStaleness' | 'concurrency'>;

export const newGroup = (step: number, task: string, rollouts: number): Group => ({
  step,
  task,
  since: null,
  waiting: Array.from({ length: rollouts }, (_, member) => member),
  playing: [],
  scored: [],
  lost: [],
});

/** How many rounds may have been planned: the one of the current step, and so many more as a policy may lag behind. */
export const roundsAllowed = ({ done }: RlState, { steps, maxStaleness }: Flow): number =>
  Math.min(done + 1 + maxStaleness, steps);

export const inFlight = ({ groups }: RlState): number => groups.reduce((sum, { playing }) => sum + playing.length, 0);

/** Admits waiting rollouts, of the oldest groups first, while there are free places; they count as playing from here on. */
export function admit(state: RlState, { concurrency }: Flow): Member[] {
  let free = concurrency - inFlight(state);
  return state.groups.flatMap((group) => {
    const admitted = group.waiting.splice(0, Math.max(0, free));
    free -= admitted.length;
    if (admitted.length > 0) group.since ??= state.done;
    group.playing.push(...admitted);
    return admitted.map((member) => ({ step: group.step, task: group.task, member }));
  });
}

/** Notes how a rollout ended, once; a lost one is replaced alone, by the next free number. False where it was noted before. */
export function noteEnd(state: RlState, { step, task, member }: Member, isScored: boolean): boolean {
  const group = state.groups.find((group) => group.step === step && group.task === task);
  if (!group?.playing.includes(member)) return false;
  group.playing = group.playing.filter((other) => other !== member);
  (isScored ? group.scored : group.lost).push(member);
  if (!isScored) group.waiting.push(membersOf(group).length);
  return true;
}

/** The numbers of all rollouts that a group has, or has had. */
export const membersOf = ({ waiting, playing, scored, lost }: Group): number[] => [
  ...waiting,
  ...playing,
  ...scored,
  ...lost,
];

/**
 * The groups to train next: the B oldest that are complete; null while there are too few, or while another would grow too old
 * by being left behind: in each step to come at most B groups can be trained before they are more than `maxStaleness` steps old.
 */
export function nextBatch(state: RlState, flow: Flow): Group[] | null {
  const complete = state.groups.filter((group) => isComplete(group, flow));
  if (complete.length < flow.tasksPerStep) return null;
  const batch = complete.slice(0, flow.tasksPerStep);
  const left = state.groups.filter((group) => !batch.includes(group));
  return keepsPace({ ...state, groups: left }, flow) ? batch : null;
}

export const isComplete = ({ scored }: Group, { rolloutsPerTask }: Flow): boolean => scored.length >= rolloutsPerTask;

/** Whether all that is left after this step can still be trained before it is too old. */
function keepsPace({ done, groups }: RlState, { tasksPerStep, maxStaleness }: Flow): boolean {
  const begun = groups.flatMap(({ since }) => (since === null ? [] : [since]));
  const versions = Array.from({ length: maxStaleness + 1 }, (_, lag) => done - lag);
  return versions.every((version) => {
    const due = begun.filter((since) => since <= version).length;
    return due <= tasksPerStep * Math.max(0, version + maxStaleness - done);
  });
}

/** The state once a batch has been trained. */
export const trained = (state: RlState, batch: readonly Group[], checkpoint: string): RlState => ({
  ...state,
  done: state.done + 1,
  checkpoint,
  groups: state.groups.filter((group) => !batch.includes(group)),
});
