import { rlStageName, settingsOf, type RlSettings } from '../curriculum.ts';
import type { RlStages } from '../rl-settings.ts';
import { leastPipeline } from './bound.ts';
import { checkpointBytes, datasetBytes } from './disk.ts';
import { expectedRollout } from './expected-rollout.ts';
import { EVENTS } from './history.ts';
import type { PlannedStage } from './plan.ts';
import { asStudent, type Planning } from './planning.ts';
import { workOf } from './rollout-stage.ts';
import { trainingSeconds } from './training-stage.ts';

/** The stages of a curriculum, each with all the steps that it may make. */
export const planRl = (planning: Planning, stages: RlStages): PlannedStage[] =>
  settingsOf(stages).map((stage) => planStage(planning, stage));

function planStage(planning: Planning, stage: RlSettings): PlannedStage {
  const { recipe, slots, assumed } = planning;
  const { steps, timeout, concurrency } = stage;
  const name = rlStageName(timeout);
  const batch = stage.tasksPerStep * stage.rolloutsPerTask;
  const rollouts = steps * batch;
  const each = expectedRollout(asStudent(recipe, timeout), assumed);
  const trainedTokens = rollouts * each.rowTokens;
  const work = workOf(planning, { stage: name, rollouts, each, policy: name });
  const stepEvents = batch * EVENTS.reported + EVENTS.step;
  return {
    name,
    type: 'rl',
    ...work,
    trainedTokens,
    leastSeconds: playingSeconds() + trainingSeconds(planning, trainedTokens),
    events: rollouts * EVENTS.reportingRollout + steps * stepEvents + EVENTS.inRun,
    longestHistory: stepEvents,
    bytes: work.bytes + steps * checkpointBytes(assumed, true) + datasetBytes(trainedTokens),
  };

  /** On-policy every step is drained; with carry-over the stage is one stream of rollouts. */
  function playingSeconds(): number {
    const drains = stage.maxStaleness === 0 ? steps : 1;
    const jobs = rollouts / drains;
    const playing = { jobs, seconds: each.slotSeconds, slots: Math.min(slots.rollout, concurrency) };
    return drains * leastPipeline(playing, { jobs, seconds: assumed.judgeSeconds, slots: slots.judge });
  }
}
