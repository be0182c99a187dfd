import { copyFile, cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Provenance } from '../../core/factory/provenance.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { RubricNode } from '../../core/rubric/node.ts';
import { serialiseRubric } from '../../core/rubric/text.ts';
import { FOLDER } from '../../core/task-folder.ts';
import type { Store } from '../store.ts';
import type { Material } from './material.ts';

/** A task as it is written. */
export interface FinishedTask {
  rubric: RubricNode;
  addendum: string;
  provenance: Provenance;
}

/** Beside PaperBench's files. */
export const PROVENANCE = 'provenance.json';

/** Writes the task's folder beside its paper; it is no task of the run before it is published. */
export async function writeDraft(
  store: Store,
  place: PaperPlace,
  { material, task }: { material: Material; task: FinishedTask },
): Promise<string> {
  const key = taskKeys.draft(place);
  await store.remove(key);
  await copyPaper(store, key, material);
  await store.write(`${key}/${FOLDER.addendum}`, task.addendum);
  await store.write(`${key}/${FOLDER.blacklist}`, blacklistText(material.found.blacklist));
  await store.write(`${key}/${FOLDER.config}`, stringify({ id: place.paper, title: material.record.title }));
  await store.write(`${key}/${FOLDER.rubric}`, serialiseRubric(task.rubric));
  await store.writeJson(`${key}/${PROVENANCE}`, task.provenance);
  return key;
}

/** Makes the draft a task of the run, whole or not at all. */
export async function publishDraft(store: Store, place: PaperPlace): Promise<void> {
  const [from, to] = [store.path(taskKeys.draft(place)), store.path(taskKeys.task(place))];
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
  await copyToVersions(store, place, 1);
}

/** Keeps the rubric as it stands under its version. */
export async function copyToVersions(store: Store, place: PaperPlace, version: number): Promise<void> {
  const rubric = await store.read(`${taskKeys.task(place)}/${FOLDER.rubric}`);
  await store.write(`${taskKeys.rubrics(place)}/${version}.json`, rubric);
}

async function copyPaper(store: Store, key: string, { markdown, conversion }: Material): Promise<void> {
  await store.write(`${key}/${FOLDER.paper}`, markdown);
  const assets = join(store.path(conversion.folder), FOLDER.assets);
  if (conversion.assets > 0) await cp(assets, store.path(`${key}/${FOLDER.assets}`), { recursive: true });
  if (conversion.pdf !== null)
    await copyFile(store.path(store.keyOf(conversion.pdf)), store.path(`${key}/${FOLDER.pdf}`));
}

/** `none` says that nothing is forbidden; an empty file would look forgotten. */
const blacklistText = (lines: readonly string[]): string => `${lines.length === 0 ? 'none' : lines.join('\n')}\n`;
