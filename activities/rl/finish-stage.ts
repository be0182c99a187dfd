import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { closeLedger, type Ledger } from '../../core/ledger.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import { rlStep, type StageEnd } from '../../core/rl-report.ts';
import type { StageReport } from '../../core/report.ts';
import type { RlStage } from '../../core/stages.ts';
import { jsonLines } from '../bookkeeping/close-stage.ts';
import { stageReportOf } from '../bookkeeping/stage-report.ts';
import { manifestHash } from '../manifest-hash.ts';
import { readRecord, recordWithoutScore } from '../record-outcome.ts';
import { hashOfStage } from '../stage-hash.ts';
import { scratchFolder } from '../scratch.ts';
import { linkOrCopy } from '../store-copies.ts';
import { ASIDE, type Store } from '../store.ts';
import { idOf, readPlanned, readSteps } from './files.ts';

export interface FinishStageInput {
  run: string;
  stage: RlStage;
  endedBy: StageEnd;
  checkpoint: string;
  startedAt: string;
  workflow: { workflowId: string; runId: string };
}

/** Closes a stage's ledger and gives its last checkpoint the stage's own name, under which it is evaluated and trained on. */
export async function finishStage(
  deps: { store: Store; codeVersion: string },
  input: FinishStageInput,
  recipe: Recipe,
): Promise<StageReport> {
  const { store, codeVersion } = deps;
  const { run, stage, endedBy, startedAt, workflow } = input;
  const { from, timeout, maxStaleness } = stage;
  const name = { run, stage: stage.name };
  const ledger = await ledgerOf(store, input);
  const steps = (await readSteps(store, name)).map((record) => rlStep.parse(record));
  await publishCheckpoint(store, run, { from: input.checkpoint, to: stage.name });
  const manifest: StageManifest = {
    stage: stage.name,
    type: stage.type,
    policy: stage.name,
    suite: stage.suite,
    state: endedBy === 'cancelled' ? 'cancelled' : 'completed',
    wanted: steps.length * stage.tasksPerStep * stage.rolloutsPerTask,
    startedAt,
    endedAt: new Date().toISOString(),
    workflow,
    hash: hashOfStage(recipe, stage.name),
    codeVersion,
    rl: { timeout, from, endedBy, maxStaleness, steps },
  };
  await store.write(`${keys.stage(run, stage.name)}/ledger.jsonl`, jsonLines(ledger.rows));
  await store.writeJson(`${keys.stage(run, stage.name)}/manifest.json`, manifest);
  return stageReportOf(manifest, ledger.rows);
}

/** Every rollout that was ever admitted, once. One without a record was cut off when the stage ended. */
async function ledgerOf(store: Store, { run, stage }: FinishStageInput): Promise<Ledger> {
  const name = { run, stage: stage.name };
  const members = await readPlanned(store, name);
  const records = await Promise.all(
    members.map(async (member) => {
      const rollout = idOf(name, member);
      const record = await readRecord(store, rollout);
      return record ?? recordWithoutScore(store, cutOff(rollout, member.task, stage.name));
    }),
  );
  return closeLedger(
    members.map((member) => idOf(name, member)),
    records,
  );
}

const cutOff = (rollout: string, task: string, policy: string) => ({
  rollout,
  task,
  policy,
  outcome: 'cancelled' as const,
  reason: 'the stage ended before it did',
});

/** The same files under another name, whole or not at all; they take no further room where the file system has links. */
async function publishCheckpoint(store: Store, run: string, { from, to }: { from: string; to: string }): Promise<void> {
  if ((await manifestHash(store, run, to)) === (await manifestHash(store, run, from))) return;
  const source = store.path(keys.checkpoint(run, from));
  const target = store.path(keys.checkpoint(run, to));
  const aside = await scratchFolder(store.path(ASIDE));
  for (const file of await readdir(source)) await linkOrCopy(join(source, file), join(aside, file));
  await rm(target, { recursive: true, force: true });
  await rename(aside, target);
}
