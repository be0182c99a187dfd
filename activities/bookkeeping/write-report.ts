import { addCounts, type LedgerRow } from '../../core/ledger.ts';
import { stageManifest, type AdoptedPart, type StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { LossPoint } from '../../core/losses.ts';
import { evaluationsOf, type Report } from '../../core/report.ts';
import { rlNotes } from '../../core/rl-figures.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { parentsOf, stagesOf } from '../../core/stages.ts';
import { noCost } from '../../core/nothing.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { readAdopted } from './adopted.ts';
import { jsonLines } from './close-stage.ts';
import { lossCurve } from './loss-curve.ts';
import { addCalls, addRollout } from './stage-cost.ts';
import { reportPage } from '../report/page.ts';
import { stageReportOf } from './stage-report.ts';
import { readRunManifest } from './start-run.ts';
import { windowsReport } from './windows-report.ts';

interface ClosedStage {
  manifest: StageManifest;
  rows: LedgerRow[];
  /** What it took over of another run, where that had not finished it. */
  adopted: AdoptedPart | undefined;
  /** Of a training stage, whose job has the stage's name. */
  losses: LossPoint[];
}

/** Writes `ledger.jsonl`, `report.json` and `report.html` of a run, from the manifests and records in the store alone. */
export async function writeReport(store: Store, run: string): Promise<void> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new Error(`there is no run "${run}" in this store`);
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const stages = await closedStages(store, run, recipe);
  const split = await Promise.all(stages.map(({ manifest }) => windowsReport(store, run, manifest.stage)));
  const windows = split.filter((stage) => stage !== undefined);
  const report: Report = {
    run,
    recipe: { name: recipe.name, hash: manifest.recipeHash },
    ledger: addCounts(stages.map((stage) => stageReportOf(stage.manifest, stage.rows))),
    stages: stages.map(({ manifest, rows, losses }) => ({
      ...stageReportOf(manifest, rows),
      ...(losses.length > 0 ? { losses } : {}),
    })),
    evaluations: evaluationsOf(
      stages
        .filter((stage) => stage.manifest.type === 'evaluate')
        .map(({ manifest: { policy = '', suite = '' }, rows }) => ({ policy, suite, rows })),
      parentsOf(recipe),
    ),
    ...(windows.length > 0 ? { windows } : {}),
    ...(await spent(store, stages)),
  };
  await addFactory(store, report);
  report.notes.push(...stages.flatMap(({ manifest }) => (manifest.rl ? rlNotes(manifest.stage, manifest.rl) : [])));
  report.notes.push(...stages.flatMap(reuseOf));
  if (recipe.stages.some((stage) => stage.type === 'distill' && recipe.policies[stage.policy]?.type === 'scripted')) {
    report.notes.unshift('The teacher is a scripted program, not a language model.');
  }
  await store.write(keys.ledger(run), jsonLines(stages.flatMap((stage) => stage.rows)));
  await store.writeJson(keys.report(run), report);
  await store.write(keys.reportPage(run), reportPage(report));
}

function reuseOf({ manifest: { stage, reusedFrom }, adopted }: ClosedStage): string[] {
  if (reusedFrom !== undefined) return [`Stage ${stage} is the work of run ${reusedFrom} and was taken over.`];
  if (!adopted) return [];
  const { from, steps, rollouts, papers = 0 } = adopted;
  const parts = [counted(steps, 'step'), counted(rollouts.length, 'rollout'), counted(papers, 'paper')].flat();
  return [`Stage ${stage} took over ${parts.join(' and ')} of run ${from}, which cost this run nothing.`];
}

const counted = (count: number, what: string): string[] =>
  count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];

/** The stages that have ended, in the recipe's order. */
async function closedStages(store: Store, run: string, recipe: Recipe): Promise<ClosedStage[]> {
  const found = await Promise.all(
    stagesOf(recipe).map(async (stage) => {
      const folder = keys.stage(run, stage.name);
      const manifest = await store.readJson(`${folder}/manifest.json`);
      if (manifest === undefined) return undefined;
      const lines = (await store.read(`${folder}/ledger.jsonl`)).toString('utf8').split('\n');
      const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerRow);
      const losses = await lossCurve(store, run, stage.name);
      const adopted = await readAdopted(store, run, stage.name);
      return { manifest: stageManifest.parse(manifest), rows, losses, adopted };
    }),
  );
  return found.filter((stage) => stage !== undefined);
}

async function addFactory(store: Store, { run, stages, cost }: Report): Promise<void> {
  if (stages.some((stage) => stage.papers !== undefined)) await addCalls(store, run, cost);
}

/** What the run used, and what a reader must know before believing its figures. */
async function spent(store: Store, stages: readonly ClosedStage[]): Promise<Pick<Report, 'cost' | 'notes'>> {
  const cost = noCost();
  let unsafe = 0;
  let violated = 0;
  let incomplete = 0;
  const others = new Set(stages.flatMap(takenOver));
  for (const { rollout } of stages.flatMap((stage) => stage.rows)) {
    const record = await readRecord(store, rollout);
    if (!record) continue;
    if (!others.has(rollout)) addRollout(cost, record);
    if (record.unsafeSandbox) unsafe += 1;
    if (record.violated) violated += 1;
    if (record.paperbench !== undefined) incomplete += 1;
  }
  const notes = [
    ...(unsafe > 0 ? [`${unsafe} rollouts ran without isolation (LONGHAUL_UNSAFE_SANDBOX=1).`] : []),
    ...(violated > 0 ? [`${violated} rollouts score 0 because they violated their task's blacklist.`] : []),
    ...(incomplete > 0
      ? [
          `${incomplete} rollouts have no score because leaves could not be graded; PaperBench would count those leaves 0.`,
        ]
      : []),
  ];
  return { cost, notes };
}

/** The rollouts of a stage that another run has paid for. */
const takenOver = ({ manifest, rows, adopted }: ClosedStage): string[] =>
  manifest.reusedFrom === undefined ? (adopted?.rollouts ?? []) : rows.map(({ rollout }) => rollout);
