import type { AdoptedPart, StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { StageReport } from '../../core/report.ts';
import { playsRollouts, stagesOf, type Stage } from '../../core/stages.ts';
import type { Cost } from '../../core/status.ts';
import type { Beat } from '../agent/heartbeat.ts';
import { inputsOf, stageHash } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { writeFactoryReport } from '../factory/write-factory-report.ts';
import { adoptPapers } from './adopt-papers.ts';
import { adoptRollouts, adoptStage } from './adopt-stage.ts';
import { adoptSteps, adoptUnfinishedRl } from './adopt-steps.ts';
import type { Moving } from './copy-renamed.ts';
import { finishedStage, readManifest } from './finished-stage.ts';
import { otherRun, stageNamed, type OtherRun } from './other-run.ts';
import { readLedger } from './read-ledger.ts';
import { stageCost } from './stage-cost.ts';
import { stageReportOf } from './stage-report.ts';

export interface Adopted {
  /** Stages that need not be done again; what one has cost, where it is the run's own. */
  stages: { stage: string; from: string; report: StageReport; cost?: Cost }[];
  /** How many finished rollouts of other stages were taken over, and of RL how many steps. */
  rollouts: { stage: string; from: string; count: number; steps?: number }[];
  /** How many papers of a factory that had not finished. */
  papers?: { from: string; count: number };
}

/**
 * Finds what a run need not do again: its own finished stages where it is begun anew, and those of the run that its recipe
 * resumes or forks. What another run has is copied under this run's names, so that nothing depends on that run any longer.
 */
export async function adoptRun(
  { store, beat }: { store: Store; beat: Beat },
  run: string,
  recipe: Recipe,
): Promise<Adopted> {
  const adopted: Adopted = { stages: [], rollouts: [] };
  const other = await otherRun(store, run, recipe);
  const moving = other && { from: other.run, to: run, next: nextOf(beat) };
  /** Stages that are in this run what they are in the other one. */
  const same = new Set<string>();
  for (const stage of stagesOf(recipe)) {
    beat.progress({ stage: stage.name });
    const own = await finishedStage(store, run, { recipe, stage });
    const fits = other?.forks || inputsOf(recipe, stage).every((input) => same.has(input));
    if (!own && moving && fits && other.takes(stage)) await takeOver(store, { recipe, other, moving, stage }, adopted);
    const manifest = own ?? (await finishedStage(store, run, { recipe, stage }));
    if (!manifest) continue;
    if (other && isSame(manifest, await readManifest(store, other.run, stage.name))) same.add(stage.name);
    const rows = await readLedger(store, run, stage.name);
    const { rl: _rl, ...report } = stageReportOf(manifest, rows);
    const from = manifest.reusedFrom ?? run;
    const cost = from === run ? { cost: await stageCost(store, { run, stage, report, rows }) } : {};
    adopted.stages.push({ stage: stage.name, from, report, ...cost });
  }
  return adopted;
}

const nextOf =
  ({ progress, signal }: Beat): Moving['next'] =>
  (what) => {
    signal.throwIfAborted();
    progress({ copies: what });
  };

/** Whether two manifests are of one and the same work, whoever has it. */
const isSame = (mine: StageManifest, theirs: StageManifest | undefined): boolean =>
  theirs !== undefined && mine.workflow.runId === theirs.workflow.runId && mine.endedAt === theirs.endedAt;

interface TakingOver {
  recipe: Recipe;
  other: OtherRun;
  moving: Moving;
  stage: Stage;
}

/** The whole stage where it has ended there; of one that has not, what need not be done again. */
async function takeOver(store: Store, taking: TakingOver, adopted: Adopted): Promise<void> {
  const { recipe, other, moving, stage } = taking;
  if (stage.type === 'factory') await takePapers(store, taking, adopted);
  const theirs = isForkedAtStep(recipe, stage) ? undefined : await endedStage(store, taking);
  if (theirs)
    return adoptStage(store, moving, { manifest: theirs, hash: stageHash(recipe, stage), forked: other.forks });
  const part = await takePart(store, taking);
  if (!part) return;
  const { from, rollouts, steps } = part;
  adopted.rollouts.push({ stage: stage.name, from, count: rollouts.length, ...(steps > 0 ? { steps } : {}) });
}

const isForkedAtStep = ({ forkFrom }: Recipe, stage: Stage): boolean =>
  forkFrom?.step !== undefined && forkFrom.stage === stage.name;

async function takePart(store: Store, { recipe, other, moving, stage }: TakingOver): Promise<AdoptedPart | undefined> {
  const step = isForkedAtStep(recipe, stage) ? recipe.forkFrom?.step : undefined;
  if (step !== undefined) return adoptSteps(store, moving, { stage: stage.name, step });
  if (playsRollouts(stage)) return adoptRollouts(store, moving, stage.name);
  return stage.type === 'rl' && !other.forks ? adoptUnfinishedRl(store, moving, stage.name) : undefined;
}

/** A stage that was done there, or was given up by a person and has left what the next ones went on from. */
async function endedStage(store: Store, { other, stage }: TakingOver): Promise<StageManifest | undefined> {
  const theirs = await finishedStage(store, other.run, {
    recipe: other.recipe,
    stage: stageNamed(other.recipe, stage.name),
  });
  if (theirs?.state !== 'skipped') return theirs;
  const checkpoint = `${keys.checkpoint(other.run, stage.name)}/manifest.json`;
  const isLeft = stage.type === 'rl' ? await store.exists(checkpoint) : theirs.accepted !== undefined;
  return isLeft ? theirs : undefined;
}

/** The papers that the other factory has finished, whether or not it has finished as a whole. */
async function takePapers(store: Store, { moving }: Pick<TakingOver, 'moving'>, adopted: Adopted): Promise<void> {
  const count = await adoptPapers(store, moving);
  if (count === 0) return;
  adopted.papers = { from: moving.from, count };
  const part: AdoptedPart = { from: moving.from, steps: 0, rollouts: [], papers: count, complete: true };
  await store.writeJson(keys.adopted(moving.to, 'factory'), part);
  await writeFactoryReport(store, moving.to);
}
