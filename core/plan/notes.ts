import { seconds } from '../duration.ts';
import { HISTORY_WARNING } from './history.ts';
import type { PlannedStage } from './plan.ts';
import type { Planning } from './planning.ts';
import { rowTokensOf } from './training-stage.ts';

/** What a reader of a plan should know: what its bounds leave out, and what of the recipe looks like a mistake. */
export function notesOf(planning: Planning, stages: readonly PlannedStage[]): string[] {
  return [
    ...trainerNotes(planning, stages),
    ...slotNotes(planning),
    ...spreadNotes(planning.recipe),
    ...historyNotes(stages),
  ];
}

/** Rollouts that begin over a longer time than they last never fill their slots. */
function spreadNotes({ admission, stages }: Planning['recipe']): string[] {
  const { spread } = admission;
  if (spread === undefined) return [];
  const timeouts = stages.flatMap((stage) =>
    stage.type === 'rl' ? stage.curriculum.map(({ timeout }) => timeout) : 'timeout' in stage ? [stage.timeout] : [],
  );
  const shorter = timeouts.filter((timeout) => seconds(timeout) < seconds(spread));
  return shorter.map(
    (timeout) => `admission.spread, ${spread}, is longer than a timeout of ${timeout}: slots stay empty.`,
  );
}

function trainerNotes(planning: Planning, stages: readonly PlannedStage[]): string[] {
  const trains = stages.some(({ trainedTokens }) => trainedTokens > 0);
  const unknown = trains && planning.assumed.trainTokensPerSecond === 0;
  return [
    ...(unknown ? ['The time of training counts nothing: trainTokensPerSecond is not known.'] : []),
    ...planning.recipe.stages.flatMap((stage) => {
      if (stage.type !== 'sft') return [];
      const rows = rowTokensOf(planning, stage);
      const times = (stage.training.steps * stage.training.batchTokens) / Math.max(1, rows);
      return [`${stage.name} goes about ${times.toPrecision(2)} times through its data.`];
    }),
  ];
}

function slotNotes({ recipe, slots }: Planning): string[] {
  return recipe.stages.flatMap((stage) => {
    if (!('concurrency' in stage) || stage.concurrency >= slots.rollout) return [];
    const name = stage.type === 'evaluate' ? 'an evaluation' : stage.type;
    return [
      `${name} admits ${stage.concurrency} rollouts at a time: ${slots.rollout - stage.concurrency} slots stay idle.`,
    ];
  });
}

const historyNotes = (stages: readonly PlannedStage[]): string[] =>
  stages
    .filter(({ longestHistory }) => longestHistory > HISTORY_WARNING)
    .map(
      ({ name, longestHistory }) =>
        `${name} has a history of ${longestHistory} events; the server warns from ${HISTORY_WARNING} on.`,
    );
