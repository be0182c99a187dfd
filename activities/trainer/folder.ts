import { datasetManifest } from '../../core/dataset.ts';
import { describeIssues } from '../../core/describe-issues.ts';
import { job as jobSchema, type JobInput } from '../../core/job.ts';
import { keys } from '../../core/names.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';

/** A trainer's job by names: no paths, no tokens. */
export interface NamedJob {
  run: string;
  /** Of the job, and of the checkpoint that it makes. */
  name: string;
  /** The checkpoint that it starts from; null for a model that is created. */
  parent: string | null;
  dataset: string | null;
  /** The checkpoint that an `rl` job measures its KL to; its parent where none is named. */
  reference?: string;
  job: Omit<JobInput, 'id' | 'output' | 'checkpoint' | 'data'>;
}

/** The same names give the same id, whichever attempt it is. */
export const jobId = ({ run, name }: Pick<NamedJob, 'run' | 'name'>): string => `${run}.${name}`;

/** Writes `job.json` and returns the folder and the updates it asks for. Throws InvalidInput for what the contract refuses. */
export async function writeJobFolder(store: Store, named: NamedJob): Promise<{ folder: string; steps: number }> {
  const { run, name, parent, dataset } = named;
  const given: JobInput = {
    ...named.job,
    ...(named.reference === undefined ? {} : { hyper: measuredTo(named, store) }),
    id: jobId(named),
    output: store.path(keys.checkpoint(run, name)),
    checkpoint: parent === null ? null : store.path(keys.checkpoint(run, parent)),
    data: dataset === null ? [] : await shardsOf(store, `${keys.datasets(run)}/${dataset}`),
  };
  const parsed = jobSchema.safeParse(given);
  if (!parsed.success) throw invalidInput(`job ${jobId(named)}: ${describeIssues(parsed.error, given)}`);
  await store.writeJson(`${keys.job(run, name)}/job.json`, parsed.data);
  return { folder: store.path(keys.job(run, name)), steps: parsed.data.steps };
}

const measuredTo = ({ run, reference = '', job: { hyper } }: NamedJob, store: Store): JobInput['hyper'] => ({
  ...hyper,
  rl: { ...hyper?.rl, reference: store.path(keys.checkpoint(run, reference)) },
});

/** The files of a dataset in the order of its manifest, without which there is no dataset. */
async function shardsOf(store: Store, key: string): Promise<string[]> {
  const given = await store.readJson(`${key}/manifest.json`);
  if (given === undefined) throw invalidInput(`there is no dataset ${key}: its manifest is missing`);
  const manifest = datasetManifest.safeParse(given);
  if (!manifest.success) throw invalidInput(`${key}/manifest.json: ${describeIssues(manifest.error, given)}`);
  return manifest.data.files.map(({ path }) => store.path(`${key}/${path}`));
}
