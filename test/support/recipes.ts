/** A small recipe: two papers, one rollout each, and one evaluation. */
export function tinyRecipe(changes: object = {}): Record<string, unknown> {
  return {
    name: 'tiny',
    tasks: { type: 'micropapers', train: 2, heldout: 1 },
    policies: { teacher: { type: 'scripted' }, idle: { type: 'idle' } },
    rollout: {
      clock: { type: 'virtual' },
      heartbeat: '2s',
      attempts: 3,
    },
    stages: [
      { type: 'distill', policy: 'teacher', rolloutsPerTask: 2, timeout: '1500s', accept: { minScore: 0 } },
      { type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' },
    ],
    ...changes,
  };
}

/** A small recipe that also trains: a student is created, trained on one paper's trajectories and evaluated. */
export function trainingRecipe(): Record<string, unknown> {
  return tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    student: { windows: { maxTokens: 192, overlap: 48, reserve: 26 }, sampling: { maxTokens: 10 } },
    stages: [
      { type: 'init', name: 'untrained', model: { mode: 'copying' } },
      { type: 'distill', policy: 'teacher', rolloutsPerTask: 2, timeout: '1500s', accept: { minScore: 0 } },
      { type: 'sft', from: 'untrained', data: { type: 'trajectories' }, training: { steps: 10 } },
      { type: 'evaluate', policies: ['sft'], rolloutsPerTask: 1, timeout: '100s' },
    ],
  });
}
