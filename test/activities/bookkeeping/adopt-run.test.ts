import { statSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createBookkeeping } from '../../../activities/bookkeeping.ts';
import type { Adopted } from '../../../activities/bookkeeping/adopt-run.ts';
import { hashOfStage } from '../../../activities/stage-hash.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import type { StageManifest } from '../../../core/manifest.ts';
import { keys } from '../../../core/names.ts';
import { recipe as recipeSchema } from '../../../core/recipe.ts';
import { noUsage } from '../../../core/trajectory.ts';
import { trainingRecipe } from '../../support/recipes.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
let store: Store;
beforeEach(async () => {
  store = createFolderStore(folder());
  await startRun('old', {});
});

const activities = (of: Store) =>
  createBookkeeping({
    store: of,
    recipe: async (artifact) => recipeSchema.parse(await of.readJson(of.keyOf(artifact))),
    codeVersion: 'test',
    programs: '',
    root: '',
  });

/** A run whose stages have not begun. */
const startRun = (run: string, changes: object) =>
  activities(store).startRun({
    run,
    recipe: { ...trainingRecipe(), ...changes },
    workflow: { workflowId: run, runId: `run-of-${run}` },
  });

/** What `new`, which resumes `old`, takes over. */
async function adopt(environment = new MockActivityEnvironment(), of = store): Promise<Adopted> {
  const { artifact } = await startRun('new', { resumeFrom: 'old' });
  return environment.run(activities(of).adoptRun, { run: 'new', recipe: artifact });
}

/** A stage that the old run has finished; the rollouts are there already. */
async function finish(stage: string, type: string, more: Partial<StageManifest> = {}): Promise<void> {
  const manifest: StageManifest = {
    stage,
    type,
    state: 'completed',
    wanted: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T01:00:00.000Z',
    workflow: { workflowId: `old.${stage}`, runId: `run-of-${stage}` },
    hash: hashOfStage(recipeSchema.parse(trainingRecipe()), stage),
    codeVersion: 'test',
    ...more,
  };
  await store.write(`${keys.stage('old', stage)}/ledger.jsonl`, '');
  await store.writeJson(`${keys.stage('old', stage)}/manifest.json`, manifest);
}

const checkpoint = (name: string) => store.write(`${keys.checkpoint('old', name)}/model.safetensors`, 'weights');

async function play(member: number): Promise<void> {
  const rollout = `old.distill.0.paper.${member}`;
  const played = { turns: 1, activeSeconds: 1, sandboxSeconds: 1, usage: noUsage() };
  await store.write(keys.turns(rollout), '{}\n');
  await store.writeJson(keys.record(rollout), {
    rollout,
    task: 'paper',
    policy: 'teacher',
    outcome: 'scored',
    score: 1,
    end: 'submitted',
    ...played,
  });
}

async function untrainedAndDistilled(): Promise<void> {
  await checkpoint('untrained');
  await finish('untrained', 'sft');
  for (const member of [0, 1, 2, 3]) await play(member);
  await finish('distill', 'distill', { accepted: ['old.distill.0.paper.0'] });
}

const names = ({ stages }: Adopted): string[] => stages.map(({ stage }) => stage);

test('taking over beats while a copy takes its time, and stops before the next one when it is cancelled', async () => {
  await untrainedAndDistilled();
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details) => beats.push(details));
  const copied: string[] = [];
  const slow: Store = {
    ...store,
    async copy(from, to) {
      copied.push(to);
      if (copied.length === 1) {
        const before = beats.length;
        await new Promise<void>((beaten) => environment.on('heartbeat', () => beats.length > before && beaten()));
        environment.cancel();
      }
      return store.copy(from, to);
    },
  };
  await expect(adopt(environment, slow)).rejects.toBeInstanceOf(CancelledFailure);
  expect(beats.at(-1)).toEqual({ copies: 'new.distill.0.paper.0' });
  expect(copied).toEqual([keys.turns('new.distill.0.paper.0')]);
});

test('two attempts at a time take over the same, whole', async () => {
  await untrainedAndDistilled();
  const [one, other] = await Promise.all([adopt(), adopt()]);
  expect(names(one)).toEqual(['untrained', 'distill']);
  expect(other).toEqual(one);
  expect(await store.list(`${keys.run('new')}/rollouts`)).toHaveLength(4);
  expect(await store.list(keys.checkpoint('new', 'untrained'))).toEqual(['model.safetensors']);
  expect(await store.list('tmp')).toEqual([]);
});

test('an attempt that comes late changes nothing of what the run has written since', async () => {
  await store.writeJson(`${keys.stage('old', 'distill')}/plan.json`, { planned: [{ task: 'paper', member: 0 }] });
  await play(0);
  expect((await adopt()).rollouts).toEqual([{ stage: 'distill', from: 'old', count: 1 }]);
  const plan = { planned: [0, 1].map((member) => ({ task: 'paper', member })) };
  await store.writeJson(`${keys.stage('new', 'distill')}/plan.json`, plan);
  await play(1);
  expect((await adopt()).rollouts).toEqual([{ stage: 'distill', from: 'old', count: 1 }]);
  expect(await store.readJson(`${keys.stage('new', 'distill')}/plan.json`)).toEqual(plan);
  expect(await store.list(`${keys.run('new')}/rollouts`)).toHaveLength(1);
});

test('checkpoints take no further room', async () => {
  await untrainedAndDistilled();
  await adopt();
  const file = (run: string): string => store.path(`${keys.checkpoint(run, 'untrained')}/model.safetensors`);
  expect(statSync(file('new')).ino).toBe(statSync(file('old')).ino);
});

test('a stage is taken over only with all that it was made of', async () => {
  await checkpoint('untrained');
  await finish('untrained', 'sft');
  await finish('sft', 'sft');
  await finish('evaluate-sft', 'evaluate');
  expect(names(await adopt())).toEqual(['untrained']);
});

test('what a skipped distillation had kept is taken over with what was trained on it', async () => {
  await untrainedAndDistilled();
  await finish('distill', 'distill', { state: 'skipped', accepted: ['old.distill.0.paper.0'] });
  await finish('sft', 'sft');
  const { stages } = await adopt();
  expect(stages.map(({ stage, report }) => [stage, report.state])).toEqual([
    ['untrained', 'completed'],
    ['distill', 'skipped'],
    ['sft', 'completed'],
  ]);
});

test('a stage of another name that ends in a number is not a step of the one before', async () => {
  await untrainedAndDistilled();
  await finish('sft', 'sft');
  for (const name of ['sft', 'sft-2']) await checkpoint(name);
  await adopt();
  expect(await store.list(`${keys.run('new')}/checkpoints`)).toEqual(['sft', 'untrained']);
});
