import type { PaperSummary } from '../../core/factory/board.ts';
import type { FactoryPart } from '../../core/factory/factory-recipe.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { Provenance } from '../../core/factory/provenance.ts';
import type { Store } from '../store.ts';
import type { FactoryModel } from './ask.ts';
import { readAnswers } from './calls.ts';
import { finishRubric } from './finish-rubric.ts';
import type { Material } from './material.ts';
import { recordDrop, recordOutcome } from './outcomes.ts';
import { planRubric } from './plan-rubric.ts';
import type { Prompts } from '../prompts.ts';
import { readDecontamination } from './read-paper.ts';
import { publishDraft, writeDraft } from './write-task.ts';

export interface MakeTaskDependencies {
  store: Store;
  codeVersion: string;
  prompts: Prompts;
  part: FactoryPart;
  material(place: PaperPlace): Promise<Material>;
  model(part: FactoryPart, name: string): FactoryModel;
}

/** Either the paper has come to its end, or its task waits for the dry judging. */
export type MadeTask = { ended: PaperSummary } | { waitsForJudge: true };

/** Makes the task of the answers, checks it for the last time and writes it; or drops the paper and says why. */
export async function makeTask(deps: MakeTaskDependencies, place: PaperPlace): Promise<MadeTask> {
  const { store, part } = deps;
  const { factory: settings } = part;
  const material = await deps.material(place);
  const { drop } = await planRubric(store, place, { material, settings });
  if (drop) return { ended: await recordDrop(store, place, drop) };
  const answers = await readAnswers(store, place);
  const { task, drop: objection } = finishRubric({
    place,
    answers,
    material,
    settings,
    decontamination: await readDecontamination(store, place),
    prompts: deps.prompts,
    models: modelsOf(deps),
    codeVersion: deps.codeVersion,
  });
  if (task && settings.models.judge === undefined) task.provenance.dryJudging.skipped = 'the recipe names no judge';
  // Also of a paper that is dropped: what was objected to is only understood beside the rubric.
  if (task) await writeDraft(store, place, { material, task });
  if (objection) return { ended: await recordDrop(store, place, objection) };
  if (!task) throw new Error(`the rubric of ${place.paper} passes and is no tree`);
  if (settings.models.judge !== undefined) return { waitsForJudge: true };
  await publishDraft(store, place);
  const { leaves } = task.provenance.rubric;
  return { ended: await recordOutcome(store, place, { outcome: 'made', leaves, cost: answers.cost }) };
}

function modelsOf({ part, model }: MakeTaskDependencies): Provenance['models'] {
  const roles = Object.entries(part.factory.models).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(
    roles.map(([role, name]) => [role, { name, provider: model(part, name).identity.provider }]),
  );
}
