import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { provenance as provenanceSchema, type Provenance, type RubricVersion } from '../../core/factory/provenance.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { checkRubric } from '../../core/rubric-builder/checks.ts';
import type { DraftNode, LeafCategory } from '../../core/rubric-builder/draft.ts';
import type { CheckResult } from '../../core/rubric-builder/finding.ts';
import { leaves, type RubricNode } from '../../core/rubric/node.ts';
import { parseRubric, serialiseRubric } from '../../core/rubric/text.ts';
import { FOLDER } from '../../core/task-folder.ts';
import type { Store } from '../store.ts';
import { createMaterialReader } from './material.ts';
import { sha256 } from './sha256.ts';
import { copyToVersions, PROVENANCE } from './write-task.ts';

/** A person's rubric for a task that was made. */
export interface RubricEdit {
  text: string;
  by: string;
  note: string;
  settings: FactorySettings['rubric'];
}

/**
 * Takes over a rubric that a person has edited, as the next version. It must be one that PaperBench takes (`RubricError` says at which
 * node it is not); what the other checks find is kept with the version, for the person knows why.
 */
export async function editRubric(store: Store, place: PaperPlace, edit: RubricEdit): Promise<RubricVersion> {
  const rubric = parseRubric(edit.text);
  const folder = taskKeys.task(place);
  const known = provenanceSchema.parse(await store.readJson(`${folder}/${PROVENANCE}`));
  const { sources } = await createMaterialReader(store)(place);
  const draft = { root: asDraft(rubric, known), leftOut: known.rubric.leftOut };
  const checks = checkRubric(draft, { sources, settings: edit.settings });
  const version = nextVersion(known, rubric, { ...edit, checks });
  await store.write(`${folder}/${FOLDER.rubric}`, serialiseRubric(rubric));
  await copyToVersions(store, place, version.version);
  const versions = [...known.rubric.versions, version];
  const changed = { ...known, rubric: { ...known.rubric, leaves: leaves(rubric).length, versions } };
  await store.writeJson(`${folder}/${PROVENANCE}`, changed);
  return version;
}

function nextVersion(
  { rubric: { versions } }: Provenance,
  rubric: RubricNode,
  { by, note, checks }: RubricEdit & { checks: CheckResult[] },
): RubricVersion {
  const last = Math.max(0, ...versions.map(({ version }) => version));
  return { version: last + 1, sha256: sha256(serialiseRubric(rubric)), by, note, at: new Date().toISOString(), checks };
}

/** The rubric as the checks take it: a node that was there before keeps what it rests on. */
function asDraft(node: RubricNode, known: Provenance, path = ''): DraftNode {
  const at = (index: number): string => (path === '' ? String(index + 1) : `${path}.${index + 1}`);
  const children = node.sub_tasks.map((child, index) => asDraft(child, known, at(index)));
  return {
    path,
    requirements: node.requirements,
    category: (node.task_category ?? null) as LeafCategory | null,
    finegrained: node.finegrained_task_category ?? null,
    weight: node.weight,
    evidence: known.rubric.nodes[node.id]?.evidence ?? [],
    children,
    given: children.length,
  };
}
