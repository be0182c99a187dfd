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
