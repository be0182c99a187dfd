import { readable } from './duration.ts';
import type { CheckpointManifest } from './job.ts';
import type { Evaluation } from './report.ts';

export interface ModelCard {
  run: string;
  checkpoint: string;
  recipe: { name: string; hash: string };
  manifest: CheckpointManifest;
  /** Of this checkpoint; none where it was never evaluated. */
  evaluations: readonly Evaluation[];
}

/** The README of an exported model, as Hugging Face shows it: where it comes from and how it scored. */
export function modelCard({ run, checkpoint, recipe, manifest, evaluations }: ModelCard): string {
  const { kind, step, parent, metrics, versions } = manifest;
  const made =
    kind === 'init' ? 'It was created, and never trained.' : `Its last job, of kind ${kind}, made ${step} steps.`;
  const facts = Object.entries(metrics).map(([name, value]) => `| ${name} | ${value} |`);
  return [
    '---',
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags: [longhaul]',
    '---',
    '',
    `# ${run}/${checkpoint}`,
    '',
    `The checkpoint \`${checkpoint}\` of the Longhaul run \`${run}\`. ${made}`,
    '',
    `- recipe \`${recipe.name}\`, SHA-256 \`${recipe.hash}\``,
    `- job \`${manifest.job}\`, with ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    ...(parent === null ? [] : [`- trained from the checkpoint whose manifest has the SHA-256 \`${parent.sha256}\``]),
    '',
    ...(evaluations.length === 0 ? ['It was not evaluated.', ''] : scores(evaluations)),
    ...(facts.length === 0 ? [] : ['| last step | |', '| --- | --- |', ...facts, '']),
  ].join('\n');
}

function scores(evaluations: readonly Evaluation[]): string[] {
  const rows = evaluations.map(({ suite, n, mean, stderr, turns, seconds }) =>
    [
      suite,
      n,
      mean === null ? '–' : `${mean.toFixed(3)}${stderr === null ? '' : ` ± ${stderr.toFixed(3)}`}`,
      turns?.toFixed(1) ?? '–',
      seconds === null ? '–' : readable(seconds),
    ].join(' | '),
  );
  return [
    '| suite | n | score | turns | active time |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ];
}
