/** Where a rollout stands in its run. Ids and paths are computed from this, never from attempts or clocks. */
export interface RolloutPlace {
  run: string;
  stage: string;
  /** `0` for stages without steps, the suite's name in an evaluation. */
  step: string;
  task: string;
  member: number;
}

/** The workflow of one paper of the factory. */
export const paperId = (run: string, paper: string): string => `${stageId(run, 'factory')}.${paper}`;

export const stageId = (run: string, stage: string): string => `${run}.${stage}`;

export const rolloutId = (place: RolloutPlace): string =>
  [place.run, place.stage, place.step, place.task, place.member].join('.');

/** The inverse of `rolloutId`; throws when the text is not a rollout's id. */
export function parseRolloutId(id: string): RolloutPlace {
  const [run, stage, step, task, member, ...rest] = id.split('.');
  if (!run || !stage || !step || !task || !/^\d+$/.test(member ?? '') || rest.length > 0) {
    throw new Error(`"${id}" is not a rollout id: expected <run>.<stage>.<step>.<task>.<member>`);
  }
  return { run, stage, step, task, member: Number(member) };
}

/** Worker pools: each has processes of its own. `rollout-gpu` plays the rollouts whose task asks for GPUs. */
export const POOLS = ['orchestrator', 'rollout', 'rollout-gpu', 'judge', 'trainer', 'research'] as const;
export type Pool = (typeof POOLS)[number];

/**
 * What activities are queued by: one queue for each pool; `serving`, which the processes of the pool `trainer` poll too; and
 * `sweep`, which all processes that play rollouts poll, for their slots may be taken for hours.
 */
export type ActivityQueue = Pool | 'serving' | 'sweep';

/** The queues that the work of a pool comes by. */
export const queuesOf = (pool: Pool): ActivityQueue[] => (pool === 'trainer' ? ['trainer', 'serving'] : [pool]);

/** The task queue of some activities, beside the queue `base` that carries the workflow tasks. */
export const poolQueue = (base: string, queue: ActivityQueue): string => `${base}-${queue}`;

/** Store keys, relative to the store's root. */
export const keys = {
  run: (run: string): string => `runs/${run}`,
  manifest: (run: string): string => `runs/${run}/manifest.json`,
  ledger: (run: string): string => `runs/${run}/ledger.jsonl`,
  report: (run: string): string => `runs/${run}/report.json`,
  reportPage: (run: string): string => `runs/${run}/report.html`,
  task: (run: string, task: string): string => `runs/${run}/tasks/${task}`,
  stage: (run: string, stage: string): string => `runs/${run}/stages/${stage}`,
  /** Of an RL stage: what was admitted of a round, and what a step did. */
  rlPlan: (run: string, stage: string, step: number): string => `runs/${run}/stages/${stage}/plan/${step}.json`,
  rlStep: (run: string, stage: string, step: number): string => `runs/${run}/stages/${stage}/steps/${step}.json`,
  knobs: (run: string, stage: string): string => `runs/${run}/stages/${stage}/knobs.json`,
  /** What a stage took over of another run. */
  adopted: (run: string, stage: string): string => `runs/${run}/stages/${stage}/adopted.json`,
  rollout: (id: string): string => `runs/${parseRolloutId(id).run}/rollouts/${id}`,
  turns: (id: string): string => `${keys.rollout(id)}/turns.jsonl`,
  /** How it was played, once it was to its end; and how long each attempt has held its sandbox, by epoch. */
  played: (id: string): string => `${keys.rollout(id)}/played.json`,
  held: (id: string): string => `${keys.rollout(id)}/held`,
  record: (id: string): string => `${keys.rollout(id)}/record.json`,
  verdict: (id: string): string => `${keys.rollout(id)}/verdict.json`,
  incompleteVerdict: (id: string): string => `${keys.rollout(id)}/incomplete-verdict.json`,
  reproduction: (id: string): string => `${keys.rollout(id)}/reproduction`,
  /** Grades of single leaves by one judge of one submission, shared by all runs. */
  leafGrades: (judge: string, submission: string): string => `judging/${judge}/${submission}.jsonl`,
  /** What a policy of this version was told beside the task, shared by all runs. */
  told: (version: string): string => `told/${version}.json`,
  datasets: (run: string): string => `runs/${run}/datasets`,
  checkpoint: (run: string, checkpoint: string): string => `runs/${run}/checkpoints/${checkpoint}`,
  job: (run: string, job: string): string => `runs/${run}/jobs/${job}`,
  /** The lines that a job has written, whichever attempt did: see activities/trainer/progress.ts. */
  jobProgress: (run: string, job: string): string => `runs/${run}/jobs/${job}/progress.jsonl`,
  /** Where a checkpoint is served; absent while it is not. */
  serving: (run: string, checkpoint: string): string => `runs/${run}/serving/${checkpoint}.json`,
  /** Of the engines that somebody else runs, those that serve what a name stands for; absent before the first sync. */
  engines: (run: string, name: string): string => `runs/${run}/serving/${name}.engines.json`,
  /** Which checkpoint is to be served under a name that stands for one after the other; absent where it stands for itself. */
  live: (run: string, name: string): string => `runs/${run}/serving/${name}.live.json`,
};
