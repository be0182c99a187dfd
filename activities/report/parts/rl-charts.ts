import type { Evaluation } from '../../../core/report.ts';
import { restOf, stalenessOf } from '../../../core/rl-figures.ts';
import type { RlStep } from '../../../core/rl-report.ts';
import { colourOfEnd, kindsOf, STEP_COLOURS } from '../charts/colours.ts';
import { histogram } from '../charts/histogram.ts';
import { lineChart, type Band, type Line, type Point } from '../charts/line-chart.ts';
import { stackedColumns } from '../charts/stacked-columns.ts';
import { markup, type Markup } from '../markup.ts';
import type { RlStage } from './rl.ts';

const SIZE = { width: 400, height: 250 };
/** Metrics of the trainer that tell a stage that learns from one that falls apart, as far as it reports them. */
const METRICS = [
  ['kl', 'KL to the stage’s first policy'],
  ['entropy', 'entropy of the sampled tokens'],
  ['clippedShare', 'share of tokens whose ratio was clipped'],
] as const;

/** A step of any stage, counted through from the first stage's first. */
interface Placed {
  at: number;
  step: RlStep;
}

/** The charts of the RL stages, their steps one after the other. */
export function rlCharts(stages: readonly RlStage[], evaluations: readonly Evaluation[]): Markup {
  const placed = stages.flatMap((stage) => stage.steps).map((step, index) => ({ at: index + 1, step }));
  if (placed.length === 0) return markup``;
  const bands = bandsOf(stages);
  const charts = [
    scores(placed, bands, evaluations),
    line('Turns of a rollout by step', 'turns', { placed, bands, of: ({ turns }) => turns }),
    ends(placed),
    times(placed),
    line('Slots in use by step', 'share of slots', { placed, bands, max: 1, of: ({ slots }) => slots.utilisation }),
    staleness(placed),
    ...METRICS.filter(([name]) => placed.some(({ step }) => step.metrics[name] !== undefined)).map(([name, words]) =>
      line(`${words.charAt(0).toUpperCase()}${words.slice(1)}`, name, {
        placed,
        bands,
        of: ({ metrics }) => metrics[name] ?? null,
      }),
    ),
  ];
  return markup`<div class="grid">${charts}</div>`;
}

/** Where each stage's steps lie on the axis; a stage without steps has no place. */
function bandsOf(stages: readonly RlStage[]): Band[] {
  let done = 0;
  return stages.flatMap(({ name, steps }) => {
    const from = done + 0.5;
    done += steps.length;
    return steps.length === 0 ? [] : [{ name, from, to: done + 0.5 }];
  });
}

/** The batch's score by step, and what the evaluations say of the checkpoint that each stage left. */
function scores(placed: readonly Placed[], bands: readonly Band[], evaluations: readonly Evaluation[]): Markup {
  const label = 'Score by step';
  const points = placed.flatMap(({ at, step: { score } }) =>
    score.mean === null ? [] : [{ x: at, y: score.mean, error: score.stderr }],
  );
  const suites = [...new Set(evaluations.map(({ suite }) => suite))];
  const evaluated = suites.map((suite): Line => {
    const marks = bands.flatMap(({ name, to }): Point[] => {
      const row = evaluations.find((one) => one.policy === name && one.suite === suite);
      return row?.mean == null ? [] : [{ x: to - 0.5, y: row.mean, error: row.stderr }];
    });
    return { name: suite, points: marks, loose: true };
  });
  const lines = [{ name: 'batch', points }, ...evaluated.filter((one) => one.points.length > 0)];
  const chart = lineChart({ ...SIZE, label, axes: { x: 'step', y: 'score' }, lines, bands, range: { min: 0 } });
  return figure(chart, `${label}, ± its standard error`);
}

interface Plotted {
  placed: readonly Placed[];
  bands: readonly Band[];
  max?: number;
  of: (step: RlStep) => number | null;
}

function line(label: string, y: string, { placed, bands, max, of }: Plotted): Markup {
  const points = placed.flatMap(({ at, step }) => {
    const value = of(step);
    return value === null ? [] : [{ x: at, y: value }];
  });
  const range = { min: 0, ...(max === undefined ? {} : { max }) };
  return figure(
    lineChart({ ...SIZE, label, axes: { x: 'step', y }, lines: [{ name: y, points }], bands, range }),
    label,
  );
}

/** How the rollouts of each batch ended. */
function ends(placed: readonly Placed[]): Markup {
  const label = 'How rollouts ended, by step';
  const series = kindsOf(placed.map(({ step }) => step.ends)).map((kind) => ({
    name: kind,
    colour: colourOfEnd(kind),
    values: placed.map(({ step }) => step.ends[kind] ?? 0),
  }));
  const names = placed.map(({ at }) => String(at));
  const axes = { x: 'step', y: 'share of the batch' };
  return figure(stackedColumns({ ...SIZE, label, axes, names, series, shares: true }), label);
}

/** Where the time of each step went. */
function times(placed: readonly Placed[]): Markup {
  const label = 'Time of a step';
  const kinds = ['rollout', 'judge', 'train', 'sync'] as const;
  const seconds = [
    ...kinds.map((kind) => ({
      name: kind as string,
      colour: STEP_COLOURS[kind] as string,
      of: (step: RlStep) => step.seconds[kind],
    })),
    { name: 'rest', colour: STEP_COLOURS.rest, of: (step: RlStep) => restOf(step.seconds) },
  ];
  const chart = stackedColumns({
    ...SIZE,
    label,
    axes: { x: 'step', y: 'seconds' },
    names: placed.map(({ at }) => String(at)),
    series: seconds.map(({ name, colour, of }) => ({ name, colour, values: placed.map(({ step }) => of(step)) })),
  });
  return figure(chart, `${label}: playing, then judging, training, and bringing the engines to the new weights`);
}

function staleness(placed: readonly Placed[]): Markup {
  const label = 'Staleness';
  const counts = stalenessOf(placed.map(({ step }) => step));
  const bins = counts.map((count, behind) => ({ from: behind, to: behind + 1, count }));
  const chart = histogram({ ...SIZE, label, axes: { x: 'updates behind', y: 'turns' }, bins });
  return figure(chart, `${label}: turns by how many updates their policy was behind the one that was trained`);
}

const figure = (chart: Markup, caption: string): Markup =>
  markup`<figure>${chart}<figcaption>${caption}</figcaption></figure>`;
