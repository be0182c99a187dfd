import type { CardInfo, DatasetCounts, DatasetManifest } from '../../core/dataset.ts';

/** `README.md` of a dataset as the Hugging Face hub reads it: YAML front matter, then what a person asks first. */
export function cardText(info: CardInfo, { counts, columns, files, build }: DatasetManifest): string {
  return `${[
    '---',
    `license: ${JSON.stringify(info.license)}`,
    `pretty_name: ${JSON.stringify(info.name)}`,
    'task_categories:',
    '- text-generation',
    'tags:',
    '- longhaul',
    `size_categories:`,
    `- ${JSON.stringify(sizeCategory(counts.rows))}`,
    'configs:',
    '- config_name: default',
    '  data_files:',
    '  - split: train',
    '    path: train-*.parquet',
    '---',
    '',
    `# ${info.name}`,
    '',
    info.description,
    '',
    ...table(['what', 'count'], countRows(counts, files.length)),
    '',
    `Recipe: \`${info.recipeHash}\`. Build: \`${build}\`.`,
    '',
    '## Columns',
    '',
    ...columns.map((column) => `- \`${column}\`: ${MEANING[column] ?? ''}`),
    '',
    '## Tokens of a row',
    '',
    ...table(
      ['at most', 'rows'],
      Object.entries(counts.histogram).map(([upper, rows]) => [upper, rows]),
    ),
    '',
    '## Source runs',
    '',
    ...(info.runs.length > 0 ? info.runs.map((run) => `- ${run}`) : ['None: generated.']),
  ].join('\n')}\n`;
}

const MEANING: Record<string, string> = {
  input_ids: 'tokens of the window, the pinned prefix first',
  labels: 'the same where the loss is taken, -100 elsewhere',
  advantages: "score less its group's mean, the same for every token of the window",
  old_logprobs: 'log-probability of each trained token when it was sampled, 0 elsewhere',
  rollout_id: 'the rollout that the window was cut from',
  window: 'number of the window within its rollout, from 0',
};

const countRows = (counts: DatasetCounts, shards: number): [string, number][] => [
  ['trajectories', counts.trajectories],
  ['left out: a turn is longer than the reserve', counts.leftOut.turn],
  ['left out: the prefix does not fit', counts.leftOut.prefix],
  ['rows', counts.rows],
  ['tokens', counts.tokens],
  ['trained tokens', counts.trainedTokens],
  ['shards', shards],
];

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** The hub's size categories: `n<1K`, `1K<n<10K`, and so on. */
function sizeCategory(rows: number): string {
  const steps: [number, string][] = [
    [1e3, '1K'],
    [1e4, '10K'],
    [1e5, '100K'],
    [1e6, '1M'],
    [1e7, '10M'],
  ];
  const index = steps.findIndex(([limit]) => rows < limit);
  if (index === 0) return 'n<1K';
  const lower = steps.at(index === -1 ? -1 : index - 1)?.[1] ?? '';
  return index === -1 ? `${lower}<n<100M` : `${lower}<n<${steps[index]?.[1] ?? ''}`;
}
