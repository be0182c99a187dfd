import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/sandboxes/package-root.ts';
import type { Store } from '../../activities/store.ts';
import type { TrainerPython } from '../../activities/trainer/python.ts';
import { writeJobFolder, type NamedJob } from '../../activities/trainer/folder.ts';
import { writeWordLevelTokenizer } from '../../activities/tokens/wordlevel.ts';
import { buildDataset } from '../../activities/dataset/build.ts';
import { readEnvironment } from '../../config/environment.ts';
import { findTrainerPython } from '../../config/trainer-python.ts';
import { vocabulary } from '../../core/micropaper/vocabulary.ts';
import { keys } from '../../core/names.ts';

/** The trainer's Python of this machine. */
export const trainerPython = (): Promise<TrainerPython> => findTrainerPython(readEnvironment(packageRoot()));

/** The same, but a module is the file of this text instead: a trainer or server that misbehaves as a test needs it. */
export async function pretendPython(folder: string, program: string): Promise<TrainerPython> {
  const { file, args, environment } = await trainerPython();
  const packageFolder = join(folder, 'longhaul_trainer');
  mkdirSync(join(packageFolder, 'server'), { recursive: true });
  for (const place of ['warm.py', 'server/__main__.py', '__main__.py'])
    writeFileSync(join(packageFolder, place), program);
  const lifeline = join(packageRoot(), 'trainer/longhaul_trainer');
  for (const place of ['', 'server/']) writeFileSync(join(packageFolder, `${place}__init__.py`), '');
  writeFileSync(join(packageFolder, '__init__.py'), `__path__.append(${JSON.stringify(lifeline)})\n`);
  return { file, args, environment: { ...environment, PYTHONPATH: folder } };
}

/** A job that makes a student of a few thousand parameters, with the micropapers' tokenizer. */
export async function initJob(store: Store, run: string, name = 'init'): Promise<NamedJob> {
  await writeWordLevelTokenizer(store.path(`${keys.run(run)}/tokenizer`), vocabulary());
  const config = { hidden_size: 32, intermediate_size: 32, num_attention_heads: 4, num_key_value_heads: 4 };
  const job = {
    kind: 'init' as const,
    init: { mode: 'copying' as const, config },
    tokenizer: { path: '../../tokenizer' },
  };
  return { run, name, parent: null, dataset: null, job };
}

/** Makes that student; returns the interpreter that did. */
export async function makeCheckpoint(store: Store, run: string, name: string): Promise<string> {
  const { folder } = await writeJobFolder(store, await initJob(store, run, name));
  const { file, environment } = await trainerPython();
  await promisify(execFile)(file, ['-m', 'longhaul_trainer', folder], { env: environment });
  return file;
}

/** A job that trains it for some steps on drills. */
export async function drillJob(store: Store, { run, parent }: NamedJob, steps: number): Promise<NamedJob> {
  const card = { name: 'drills', description: '', license: 'other', recipeHash: 'x', runs: [run] };
  await buildDataset({
    output: store.path(`${keys.datasets(run)}/drills`),
    tokenizer: store.path(`${keys.run(run)}/tokenizer`),
    spec: { rows: { type: 'drills', examples: 40 }, card },
    trajectories: [],
  });
  const job = {
    kind: 'sft' as const,
    steps,
    batchTokens: 128,
    hyper: { learningRate: 1e-3, threads: 1, saveEvery: 5 },
  };
  return { run, name: 'sft', parent: parent ?? 'init', dataset: 'drills', job };
}
