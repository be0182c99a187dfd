import { z } from 'zod';
import { duration, name, share } from './fields.ts';
import { micropaperDifficulty } from './micropaper/difficulty.ts';
import { SUITES } from './micropaper/generate.ts';
import { scriptedMistakes } from './micropaper/mistakes.ts';
import { rolloutSettings } from './rollout-settings.ts';

const suite = z.enum(SUITES);

const tasks = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('micropapers'),
    seed: z.int().default(0).describe('the same seed gives the same papers, byte for byte, on any machine'),
    train: z.int().min(0).max(2000).describe('papers to learn from'),
    heldout: z.int().min(0).max(2000).describe('papers that nothing is ever chosen on'),
    difficulty: micropaperDifficulty.prefault({}),
    gpus: z.int().min(0).default(0).describe('GPUs that a rollout of these tasks holds while its sandbox is open'),
  }),
]);

const policy = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('scripted'),
      seed: z.int().default(0),
      mistakes: scriptedMistakes.prefault({}).describe('how often it errs, each a probability'),
    })
    .describe('a program that plays micropapers; it stands in for a teacher where there is no API key'),
  z.strictObject({ type: z.literal('idle') }).describe('submits at once: the floor of every table'),
]);

const rollouts = {
  rolloutsPerTask: z.int().min(1).max(1000).describe('attempts at each task'),
  timeout: duration.describe('the time budget of a rollout'),
  concurrency: z.int().min(1).max(500).default(64).describe('rollouts admitted at a time; slots of the pools limit execution'),
};

const stage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('distill'),
    policy: name.describe('the teacher'),
    suite: suite.default('train'),
    ...rollouts,
    accept: z.strictObject({ minScore: share }).describe('which trajectories are kept'),
  }),
  z.strictObject({
    type: z.literal('evaluate'),
    policies: z.array(name).min(1),
    suite: suite.default('heldout'),
    ...rollouts,
  }),
]);

/** The JSON that describes a run. Unknown keys are refused; defaults are resolved once, at the start of the run. */
export const recipe = z
  .strictObject({
    $schema: z.string().optional(),
    name: name.describe('also the run id where none is given'),
    description: z.string().optional(),
    seed: z.int().default(0).describe('seeds every rollout, together with its id'),
    tasks,
    policies: z.record(name, policy),
    rollout: rolloutSettings.prefault({}),
    judge: z.strictObject({ type: z.literal('check') }).prefault({ type: 'check' }).describe('who grades leaves'),
    maxInfraFailedShare: share.default(0.2).describe('above this share of infra-failed rollouts a stage parks'),
    stages: z.array(stage).min(1),
  })
  .superRefine((value, context) => {
    for (const issue of contradictions(value)) context.addIssue({ code: 'custom', ...issue });
  });
export type Recipe = z.infer<typeof recipe>;
export type PolicySpec = Recipe['policies'][string];

interface Contradiction {
  path: (string | number)[];
  message: string;
}

function contradictions(value: { policies: object; tasks: object; stages: Recipe['stages'] }): Contradiction[] {
  const found: Contradiction[] = [];
  const names = new Set<string>();
  value.stages.forEach((stage, index) => {
    const used = stage.type === 'distill' ? [stage.policy] : stage.policies;
    used.forEach((policy, position) => {
      const path = stage.type === 'distill' ? ['policy'] : ['policies', position];
      const stageName = stage.type === 'distill' ? 'distill' : `evaluate-${policy}`;
      if (!Object.hasOwn(value.policies, policy)) {
        const known = Object.keys(value.policies).join(', ') || 'none';
        found.push({ path: ['stages', index, ...path], message: `no such policy; the recipe has ${known}` });
      }
      if (names.has(stageName)) {
        found.push({ path: ['stages', index, ...path], message: `the run has a stage ${stageName} already` });
      }
      names.add(stageName);
    });
    const size = (value.tasks as Record<string, unknown>)[stage.suite];
    if (size === 0) found.push({ path: ['stages', index, 'suite'], message: `tasks.${stage.suite} is 0` });
  });
  return found;
}
