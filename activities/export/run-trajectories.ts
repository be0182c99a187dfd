import { join } from 'node:path';
import { seconds } from '../../core/duration.ts';
import type { ExportedTrajectory } from '../../core/export/trajectory.ts';
import type { LedgerRow } from '../../core/ledger.ts';
import { stageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { playsRollouts, stagesOf } from '../../core/stages.ts';
import { finishedTurns, type Turn } from '../../core/trajectory.ts';
import { readTurnLog } from '../agent/turn-log.ts';
import { readRunManifest } from '../bookkeeping/start-run.ts';
import { toldTo } from '../policies/create-policy.ts';
import { readTold } from '../policies/told.ts';
import { readPrompts } from '../prompts.ts';
import type { Store } from '../store.ts';
import { createInstructionsReader } from '../tasks.ts';

/** A run or a stage that there is not, or that has not ended: a sentence for a person. */
export class NothingToExport extends Error {}

/**
 * The trajectories of a stage that has ended, read one after the other: those that a distillation kept, all scored ones of any
 * other stage, or of a distillation where `all` is asked for.
 */
export async function* runTrajectories(
  store: Store,
  of: { run: string; stage: string; all: boolean; root: string },
): AsyncGenerator<ExportedTrajectory> {
  const { run, stage } = of;
  const { recipe, rows, accepted } = await readStage(store, of);
  const instructions = createInstructionsReader(store);
  const prompts = readPrompts(join(of.root, 'prompts/agent'));
  const budgetSeconds = seconds(timeoutOf(recipe, stage));
  const today = (name: string) => toldTo(prompts, { recipe, name, budgetSeconds });
  for (const { rollout, task, policy, score } of rows) {
    if (score === null || (accepted && !accepted.has(rollout))) continue;
    const turns = finishedTurns(await readTurnLog(store.path(keys.turns(rollout))));
    const told = await toldIn(store, turns, today(policy));
    yield { id: rollout, task, policy, score, ...told, instructions: await instructions(run, task), turns };
  }
}

type Told = Pick<ExportedTrajectory, 'system' | 'tools' | 'isAssumed'>;

/** What was told when the last turn was made. Runs of before this was kept get today's words, and it is said that they are that. */
async function toldIn(store: Store, turns: readonly Turn[], today: Told): Promise<Told> {
  if (today.system === undefined) return today;
  const kept = await readTold(store, turns.at(-1)?.acted.policyVersion ?? '');
  return kept ?? { ...today, isAssumed: true };
}

async function readStage(
  store: Store,
  { run, stage, all }: { run: string; stage: string; all: boolean },
): Promise<{ recipe: Recipe; rows: LedgerRow[]; accepted: Set<string> | undefined }> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new NothingToExport(`there is no run "${run}" in this store`);
  const folder = keys.stage(run, stage);
  const found = await store.readJson(`${folder}/manifest.json`);
  if (found === undefined) {
    const ended = await store.list(`${keys.run(run)}/stages`);
    throw new NothingToExport(
      `the run "${run}" has no stage "${stage}" that has ended; there is ${ended.join(', ') || 'none'}`,
    );
  }
  const { accepted } = stageManifest.parse(found);
  const lines = (await store.read(`${folder}/ledger.jsonl`)).toString('utf8').split('\n');
  return {
    recipe: recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe))),
    rows: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerRow),
    accepted: accepted && !all ? new Set(accepted) : undefined,
  };
}

const timeoutOf = (recipe: Recipe, name: string): string => {
  const stage = stagesOf(recipe).find((candidate) => candidate.name === name);
  return stage && playsRollouts(stage) ? stage.timeout : '12h';
};
