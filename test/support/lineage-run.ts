import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Store } from '../../activities/store.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { stepOf } from './ended-run.ts';
import { tinyRecipe } from './recipes.ts';

const AT = '2026-01-01T00:00:00.000Z';
const WORKFLOW = { workflowId: 'r', runId: '1' };
const ARTIFACT = { uri: 'store:x', sha256: 'x', bytes: 1 };
const USAGE = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const PLAYED = { turns: 3, activeSeconds: 1, sandboxSeconds: 1, usage: USAGE };

/** Two steps of RL, of one task each, and an evaluation of what they leave. */
export const rlRecipe = (changes: object = {}): Record<string, unknown> =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 2, heldout: 1 },
    student: { windows: { maxTokens: 192, overlap: 48, reserve: 26 }, sampling: { maxTokens: 10 } },
    stages: [
      { type: 'init', name: 'untrained', model: { mode: 'copying' } },
      {
        type: 'rl',
        from: 'untrained',
        tasksPerStep: 1,
        rolloutsPerTask: 2,
        maxStaleness: 0,
        curriculum: [{ timeout: '60s', steps: 2 }],
      },
      { type: 'evaluate', policies: ['rl-60s'], rolloutsPerTask: 1, timeout: '100s' },
    ],
    ...changes,
  });

/** What a checkpoint is known by, beside its name. */
export interface Parent {
  name: string;
  sha256: string;
}

/** Writes the manifests and records of a run, as its activities do: all that lineage is read from. */
export const lineageRun = (store: Store, run: string) => ({ ...played(store, run), ...trained(store, run) });

function played(store: Store, run: string) {
  return {
    begin(given: object, createdAt = AT): void {
      const key = `${keys.run(run)}/recipe.json`;
      put(store, key, recipeSchema.parse(given));
      const recipe = { ...ARTIFACT, uri: `store:${key}` };
      put(store, keys.manifest(run), { run, recipe, recipeHash: 'h', codeVersion: 'v', workflow: WORKFLOW, createdAt });
    },
    task(name: string): void {
      put(store, `${keys.task(run, name)}/paper.md`, 'a paper');
    },
    stage(name: string, more: object): void {
      const ended = { stage: name, state: 'completed', wanted: 1, startedAt: AT, endedAt: AT, workflow: WORKFLOW };
      put(store, `${keys.stage(run, name)}/manifest.json`, { ...ended, hash: 'h', codeVersion: 'v', ...more });
    },
    rollout(id: string, more: object): void {
      const { task } = parseRolloutId(id);
      const known = { rollout: id, task, policy: 'teacher', outcome: 'scored', end: 'submitted', ...PLAYED };
      put(store, keys.record(id), { ...known, submission: ARTIFACT, verdict: ARTIFACT, ...more });
    },
    /** One that plays: it has a turn log, and no record yet. */
    playing(id: string): void {
      put(store, keys.turns(id), { type: 'opened', epoch: 1 });
    },
  };
}

function trained(store: Store, run: string) {
  const manifestOf = (name: string): string => `${keys.checkpoint(run, name)}/manifest.json`;

  return {
    dataset(name: string, trajectories: number): void {
      const counts = { trajectories, leftOut: { turn: 0, prefix: 0 }, leftOutExamples: [], rows: 4, tokens: 9 };
      put(store, `${keys.datasets(run)}/${name}/manifest.json`, {
        kind: 'dataset',
        name,
        build: 'b',
        columns: ['input_ids'],
        counts: { ...counts, trainedTokens: 7, histogram: {}, rowsPerTrajectory: {} },
        files: [],
      });
    },
    /** `by` is the run that trained it, where it was another one. */
    checkpoint(name: string, parent: Parent | null, more: { kind?: string; by?: string } = {}): Parent {
      const { kind = 'sft', by = run } = more;
      const path = `/anywhere/runs/${by}/datasets/${name}/data-0.parquet`;
      const shard = { path, sha256: '1'.repeat(64), rows: 1, tokens: 1 };
      const sha256 = put(store, manifestOf(name), {
        job: `${by}.${name}`,
        kind,
        settings: '0'.repeat(64),
        step: 10,
        steps: 10,
        parent: parent === null ? null : { path: `/elsewhere/checkpoints/${parent.name}`, sha256: parent.sha256 },
        batch: parent === null ? [] : [shard],
        files: {},
        metrics: {},
        versions: {},
      });
      return { name, sha256 };
    },
    /** The same files under the name of the stage. */
    async publish(name: string, from: string): Promise<void> {
      await store.write(manifestOf(name), await store.read(manifestOf(from)));
    },
    /** A step that is done; its batch is one task's rollouts. */
    step(stage: string, step: number, { task, checkpoint }: { task: string; checkpoint: Parent }): void {
      const left = { manifestSha256: checkpoint.sha256, batch: [{ step, task }] };
      put(store, keys.rlStep(run, stage, step), { ...stepOf(checkpoint.name, step, 0.5), ...left });
    },
  };
}

/** Without the store's syncing, which takes longer than all the rest; what the hash of the file is. */
function put(store: Store, key: string, value: unknown): string {
  const [file, text] = [store.path(key), `${JSON.stringify(value)}\n`];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return createHash('sha256').update(text).digest('hex');
}

/** How a turn names the weights that made it. */
export const versionOf = ({ name, sha256 }: Parent): string => `${name}-${sha256.slice(0, 12)}`;

/** Plays two steps of RL on one task each; the stage is not ended yet. What its steps left. */
export function playTwoSteps(store: Store, run: string, rolloutsPerTask = 2): Parent[] {
  const of = lineageRun(store, run);
  const untrained = of.checkpoint('untrained', null, { kind: 'init' });
  const left = [untrained];
  for (const step of [1, 2]) {
    const [name, task] = [`rl-60s-${step}`, `train-${step - 1}`];
    of.task(task);
    const by = left.at(-1) as Parent;
    for (let member = 0; member < rolloutsPerTask; member += 1) {
      const played = { policy: 'rl-60s', policyVersions: [versionOf(by)], score: member / 100 };
      of.rollout(`${run}.rl-60s.${step}.${task}.${member}`, played);
    }
    of.dataset(name, rolloutsPerTask);
    const checkpoint = of.checkpoint(name, by, { kind: 'rl' });
    of.step('rl-60s', step, { task, checkpoint });
    left.push(checkpoint);
  }
  return left;
}
