import { expect, test } from '@jest/globals';
import { recordOutcome } from '../../../activities/record-outcome.ts';
import { prepareStep } from '../../../activities/rl/prepare-step.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { keys } from '../../../core/names.ts';
import { recipe as recipeSchema } from '../../../core/recipe.ts';
import { newGroup } from '../../../core/rl-state.ts';
import { stagesOf, type RlStage } from '../../../core/stages.ts';
import { noUsage, type Turn } from '../../../core/trajectory.ts';
import { rlRecipe } from '../../support/rl-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { turnOf } from '../../support/turns.ts';

const folder = temporaryFolders();
const recipe = recipeSchema.parse(rlRecipe());
const stage = stagesOf(recipe).find((candidate): candidate is RlStage => candidate.type === 'rl') as RlStage;
const rolloutOf = (member: number): string => `r.rl-60s.1.a.${member}`;

/** A batch of one group, whose rollouts were scored after so many turns each and have so many in their logs. */
async function prepared(rollouts: { turns: number; logged: number }[], score = (member: number) => member / 10) {
  const store = createFolderStore(folder());
  for (const [member, { turns, logged }] of rollouts.entries()) {
    const rollout = rolloutOf(member);
    const spent = { turns, activeSeconds: 1, sandboxSeconds: 1, usage: noUsage() };
    const told = { rollout, task: 'a', policy: 'rl-60s', outcome: 'scored', end: 'budget' } as const;
    await recordOutcome(store, { ...told, ...spent, score: score(member) });
    const log = Array.from({ length: logged }, (_, turn): Turn => turnOf(turn, []));
    const records = log.flatMap(({ acted, observed }) => [acted, observed]);
    if (logged > 0) await store.write(keys.turns(rollout), records.map((record) => JSON.stringify(record)).join('\n'));
  }
  const group = { ...newGroup(1, 'a', 0), scored: rollouts.map((_, member) => member) };
  const input = { run: 'r', stage, step: 1, checkpoint: 'untrained', batch: [group] };
  return prepareStep(store, input, recipe);
}

test('a step is refused whose rollouts were scored after turns that are gone: it would train on less than was played', async () => {
  await expect(
    prepared([
      { turns: 2, logged: 2 },
      { turns: 2, logged: 0 },
    ]),
  ).rejects.toMatchObject({
    type: 'InvalidInput',
    nonRetryable: true,
    message: `${rolloutOf(1)} was scored after 2 turns, but its turn log has 0: put back runs/r/rollouts/${rolloutOf(1)}/turns.jsonl and resume, or skip the stage`,
  });
  await expect(prepared([{ turns: 3, logged: 1 }])).rejects.toThrow('was scored after 3 turns, but its turn log has 1');
});

test('rollouts that ended before their first turn have none to be trained on', async () => {
  const none = { turns: 0, logged: 0 };
  expect(await prepared([none, none])).toMatchObject({ job: null, figures: { rows: 0, turns: 0 } });
});
