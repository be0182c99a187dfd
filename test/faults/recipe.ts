export const RUN = 'faults';

/** The stage of RL, whose policy is evaluated under the same name. */
export const RL = 'rl-60s';

/** Updates that its rollouts may be behind. */
export const MAX_STALENESS = 1;

/** Whether a stage or a checkpoint is RL's: what it makes depends on how requests were batched, not on a seed alone. */
export const ofRl = (name: string): boolean => name.replace(/^evaluate-/, '').startsWith(RL);

/** Steps of RL: after each but the last the engines are brought to another checkpoint. */
export const rlSteps = (size: number): number => 4 + size;

/** A run of every stage in which rollouts take seconds and training some more; `size` scales how long it lasts. */
export function faultRecipe(size: number): { name: string } & Record<string, unknown> {
  const training = { steps: 10 + 4 * size, batchTokens: 512, learningRate: 0.003, saveEvery: 4 };
  return {
    name: RUN,
    seed: 1,
    tasks: { type: 'micropapers', seed: 5, train: 4 * size, heldout: 4 },
    policies: { teacher: { type: 'scripted' } },
    student: { windows: { maxTokens: 192, overlap: 48, reserve: 26 }, sampling: { maxTokens: 10 } },
    rollout: { clock: { type: 'virtual' }, heartbeat: '5s', stuckAfter: '1m', maxTurns: 120, attempts: 12 },
    maxInfraFailedShare: 0,
    stages: [
      { type: 'init', name: 'untrained', model: { mode: 'copying' } },
      { type: 'sft', name: 'base', from: 'untrained', data: { type: 'drills', examples: 200 }, training },
      {
        type: 'distill',
        policy: 'teacher',
        rolloutsPerTask: 4,
        timeout: '1500s',
        concurrency: 8,
        accept: { minScore: 0 },
      },
      { type: 'sft', from: 'base', data: { type: 'trajectories' }, training },
      {
        type: 'rl',
        from: 'sft',
        tasksPerStep: 2,
        rolloutsPerTask: 3,
        maxStaleness: MAX_STALENESS,
        concurrency: 8,
        lookAfter: '5s',
        training: { learningRate: 0.0003, minibatches: 2, batchTokens: 2048 },
        curriculum: [{ timeout: RL.slice(3), steps: rlSteps(size) }],
      },
      { type: 'evaluate', policies: [RL, 'teacher'], rolloutsPerTask: size, timeout: '1000s', concurrency: 8 },
    ],
  };
}
