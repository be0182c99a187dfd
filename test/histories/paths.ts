/** A way that workflows can go, and those whose histories show it. */
export interface Path {
  path: string;
  what: string;
  /** Types of workflows; numbered where every execution of an id counts. */
  has: readonly string[];
  /** The patch that they are recorded without. */
  without?: string;
}

/** Of runs and of stages that play rollouts. */
const RUNS: readonly Path[] = [
  { path: 'quiet', what: 'every stage comes to its end', has: ['train', 'distill', 'sft', 'evaluate', 'rollout'] },
  { path: 'paused', what: 'a rollout lets go of its worker, and plays on', has: ['train', 'distill', 'rollout'] },
  { path: 'tuned', what: 'limits of a stage and the budget change', has: ['train', 'distill'] },
  { path: 'skipped', what: 'a stage is ended as it is', has: ['train', 'distill', 'rollout'] },
  { path: 'aborted', what: 'a run is ended as it is', has: ['train', 'distill', 'rollout'] },
  { path: 'cancelled', what: 'a run is cancelled by hand', has: ['train', 'distill'] },
  { path: 'aborted-between', what: 'a run is aborted while it is paused between two stages', has: ['train'] },
  { path: 'killed', what: 'a rollout is terminated by hand', has: ['distill'] },
  {
    path: 'parked',
    what: 'machines fail, and an operator resumes',
    has: ['train', 'distill.1', 'distill.2', 'rollout'],
  },
  { path: 'parked-skipped', what: 'a run that is parked goes on without the stage', has: ['train'] },
  { path: 'parked-aborted', what: 'a run that is parked is ended', has: ['train'] },
  { path: 'parked-cancelled', what: 'a run that is parked is cancelled by hand', has: ['train'] },
  { path: 'budget', what: 'a budget is reached and raised', has: ['train', 'distill.1', 'distill.2'] },
  {
    path: 'key-refused',
    what: 'a key is refused and mended',
    has: ['distill.1', 'distill.2', 'rollout.1', 'rollout.2'],
  },
  { path: 'job-failed', what: 'a trainer fails, and an operator resumes', has: ['train', 'sft.1', 'sft.2'] },
  { path: 'job-skipped', what: 'a stage is ended while its job runs', has: ['train', 'sft'] },
  { path: 'unserved', what: 'a checkpoint cannot be served at first', has: ['train', 'evaluate.1', 'evaluate.2'] },
  { path: 'outside', what: "somebody else's engines are brought to a checkpoint", has: ['train', 'evaluate'] },
  { path: 'outside-aborted', what: 'and the run is ended meanwhile', has: ['evaluate'] },
  {
    path: 'paged',
    what: 'stages go on in another execution',
    has: ['distill.1', 'distill.2', 'evaluate.1', 'evaluate.2'],
  },
  { path: 'paged-skipped', what: 'a stage is ended in its second execution', has: ['train', 'distill.2'] },
  { path: 'paged-between', what: 'a stage is ended between two executions', has: ['evaluate'] },
  { path: 'slow-judge', what: 'too many rollouts wait for the judge', has: ['distill', 'rollout'] },
  { path: 'spread', what: 'rollouts begin a gap apart', has: ['distill', 'rollout'] },
  { path: 'judge-away', what: 'the provider of the judge is away', has: ['rollout'] },
  { path: 'reproduced', what: 'a submission is run before it is graded', has: ['rollout'] },
  { path: 'overruled', what: 'a person has a rollout graded that was stopped', has: ['train'] },
];

/** Of runs that wait for a person, are begun again, or play stages beside each other. */
const MORE_RUNS: readonly Path[] = [
  { path: 'gated', what: 'a person approves before and after a stage', has: ['train'] },
  { path: 'gate-paused', what: 'a run is paused where a gate comes', has: ['train'] },
  { path: 'gate-left', what: 'a stage is skipped at its gate, and the run aborted at the next', has: ['train'] },
  { path: 'gate-again', what: 'a run is begun again that waited at a gate', has: ['train'] },
  { path: 'again', what: 'a run is begun again in the middle of a stage', has: ['train', 'distill.1', 'distill.2'] },
  { path: 'again-at-once', what: 'one whose stage is still ending is begun again', has: ['train'] },
  { path: 'resumed', what: 'a run takes over all that another has done', has: ['train'] },
  { path: 'forked', what: 'a run goes on from a stage of another', has: ['train'] },
  { path: 'alongside', what: 'an evaluation plays beside the stages', has: ['train', 'evaluate', 'rollout'] },
  { path: 'alongside-paused', what: 'it is paused with its run', has: ['train', 'evaluate'] },
  { path: 'alongside-skipped', what: 'it is skipped by its name', has: ['train', 'evaluate'] },
  { path: 'alongside-aborted', what: 'it is ended with its run', has: ['train'] },
  {
    path: 'alongside-failed',
    what: 'it fails, and the run parks for it at the end',
    has: ['train', 'evaluate.1', 'evaluate.2'],
  },
  { path: 'alongside-failed-aborted', what: 'it fails, and the run is ended before it parks for it', has: ['train'] },
  { path: 'alongside-budget', what: 'under a budget it does not play alongside', has: ['train'] },
  { path: 'told', what: 'a webhook is told of a gate and of the end', has: ['train', 'notify'] },
  { path: 'told-failed', what: 'it is told of a run that is refused', has: ['train'] },
  { path: 'untold', what: 'it refuses to be told', has: ['notify'] },
  { path: 'swept', what: 'a janitor sweeps machine and store', has: ['janitor'] },
  { path: 'half-swept', what: 'it cannot sweep the machine', has: ['janitor'] },
  { path: 'unswept', what: 'it can sweep nothing', has: ['janitor'] },
];

/** Of stages of RL; each step is an execution. */
const RL: readonly Path[] = [
  { path: 'rl', what: 'two steps are made', has: ['train', 'rlStage.1', 'rlStage.2', 'rollout'] },
  { path: 'rl-alongside', what: 'an evaluation plays beside RL', has: ['train'] },
  { path: 'rl-outside', what: "somebody else's engines are trained for", has: ['train'] },
  {
    path: 'rl-carried',
    what: 'rollouts play on into a step, and one fails',
    has: ['rlStage.1', 'rlStage.2', 'rollout'],
  },
  { path: 'rl-flat', what: 'no rollout is better than its group', has: ['rlStage'] },
  { path: 'rl-tuned', what: 'limits change, it is paused, a rollout dies', has: ['train', 'rlStage'] },
  { path: 'rl-aborted', what: 'a run is ended while RL plays', has: ['train', 'rlStage', 'rollout'] },
  { path: 'rl-skipped', what: 'the second execution of a stage is ended', has: ['train', 'rlStage.2'] },
  { path: 'rl-approved', what: 'a person says that it is enough', has: ['train', 'rlStage'] },
  { path: 'rl-ruled', what: 'a rule ends it while rollouts are in flight', has: ['rlStage'] },
  { path: 'rl-parked', what: 'its trainer fails, and an operator resumes', has: ['train', 'rlStage.1', 'rlStage.2'] },
  { path: 'rl-closed', what: 'a stage that has failed is given up', has: ['train', 'rlStage.1', 'rlStage.2'] },
  { path: 'rl-closed-aborted', what: 'and its run with it', has: ['train', 'rlStage.2'] },
  { path: 'rl-budget', what: 'the budget lets no rollout begin', has: ['train', 'rlStage.1', 'rlStage.2'] },
  { path: 'rl-budget-job', what: 'it lets no job begin', has: ['rlStage.2'] },
  { path: 'rl-broken', what: 'too many machines fail', has: ['rlStage.1', 'rollout'] },
  { path: 'rl-key', what: 'a key is refused and mended', has: ['rlStage.1', 'rlStage.2', 'rollout'] },
  { path: 'rl-key-late', what: 'it is refused while the policy is trained', has: ['rlStage.1'] },
  { path: 'rl-orphaned', what: 'a rollout ends after its stage', has: ['rollout'] },
  { path: 'rl-again', what: 'a stage finds its rollouts in play', has: ['train', 'rlStage.3'] },
  { path: 'rl-begun-again', what: 'a run is begun again in its second step', has: ['train', 'rlStage'] },
  { path: 'rl-resumed', what: "another's first step is taken over", has: ['train', 'rlStage.1'] },
  { path: 'rl-forked', what: 'a run goes on from the first step of another', has: ['train', 'rlStage.1'] },
  { path: 'rl-refused', what: 'a checkpoint is older than the ledger', has: ['rlStage'] },
];

/** Of a factory that is a run of its own, or the first stage of one. */
const FACTORIES: readonly Path[] = [
  { path: 'factory', what: 'a sample is approved of', has: ['researchFactory', 'paperToTask'] },
  { path: 'factory-paused', what: 'it is paused while calls are made', has: ['researchFactory', 'paperToTask'] },
  { path: 'factory-tuned', what: 'its limits change', has: ['researchFactory', 'paperToTask'] },
  { path: 'factory-parked', what: 'its budget is spent', has: ['researchFactory'] },
  { path: 'factory-refused', what: 'a key is refused', has: ['researchFactory', 'paperToTask.1', 'paperToTask.2'] },
  { path: 'factory-failed', what: 'too many papers fail', has: ['researchFactory', 'paperToTask'] },
  { path: 'factory-dropped', what: 'a paper is dropped', has: ['paperToTask'] },
  { path: 'factory-judged', what: 'a task is judged dry', has: ['paperToTask'] },
  { path: 'factory-aborted', what: 'it is ended as it is', has: ['researchFactory', 'paperToTask'] },
  { path: 'factory-paged', what: 'it goes on in another execution', has: ['researchFactory.1', 'researchFactory.2'] },
  { path: 'factory-mistaken', what: 'its recipe is refused', has: ['researchFactory'] },
  { path: 'factory-stage', what: 'its run is paused, and waits with it', has: ['train', 'researchFactory'] },
  { path: 'factory-stage-parked', what: 'its run parks with it, and tunes it', has: ['train', 'researchFactory'] },
  {
    path: 'factory-stage-budget',
    what: 'the budget of its run is reached',
    has: ['train', 'researchFactory.1', 'researchFactory.2'],
  },
  { path: 'factory-stage-refused', what: 'a key is refused', has: ['train', 'researchFactory.1'] },
  {
    path: 'factory-stage-skipped',
    what: 'it is skipped, and nothing can be played',
    has: ['train', 'researchFactory'],
  },
  { path: 'factory-stage-resumed', what: "another run's tasks are taken over", has: ['train'] },
  { path: 'factory-stage-short', what: 'its tasks do not suffice', has: ['train'] },
];

export const PATHS: readonly Path[] = [...RUNS, ...MORE_RUNS, ...RL, ...FACTORIES];
