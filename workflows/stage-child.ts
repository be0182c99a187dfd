import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { stageId } from '../core/names.ts';
import type { StageReport } from '../core/report.ts';
import type { Stage } from '../core/stages.ts';
import type { StartedRun } from '../activities/bookkeeping/start-run.ts';
import type { Desk } from './operator.ts';
import type { FactoryInput } from './research-factory.ts';
import type { RlStageInput } from './rl-stage.ts';
import type { StageInput } from './stage-input.ts';
import type { TrainingInput } from './sft.ts';
import { attributes } from './search-attributes.ts';
import { whileServed } from './serving.ts';

/**
 * What an RL stage trains is served for as long as the stage lasts, whichever execution of it is at work. An engine that somebody
 * else runs needs no more than the stage's own syncs.
 */
export function playChild(desk: Desk, started: StartedRun, stage: Stage): Promise<StageReport> {
  const { run } = desk.state;
  const { rollout, student } = started.recipe;
  const play = (): Promise<StageReport> => startChild(run, stage, inputOf(desk, started, stage));
  if (stage.type !== 'rl' || student?.server.type !== 'embedded') return play();
  return whileServed({ run, checkpoint: stage.name, starts: stage.from, heartbeat: rollout.heartbeat }, play);
}

export function startChild(run: string, stage: Stage, input: AnyInput): Promise<StageReport> {
  return executeChild<(input: AnyInput) => Promise<StageReport>>(workflowOf(stage), {
    workflowId: stageId(run, stage.name),
    args: [input],
    typedSearchAttributes: [
      { key: attributes.run, value: run },
      { key: attributes.stage, value: stage.name },
      { key: attributes.state, value: 'running' },
    ],
    staticSummary: summaryOf(stage),
    // Everything below inherits it: pools that several runs share are shared evenly, whichever came first.
    priority: { fairnessKey: run },
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
}

type AnyInput = StageInput | TrainingInput | RlStageInput | FactoryInput;

export function inputOf(desk: Desk, { recipe, artifact }: StartedRun, stage: Stage): AnyInput {
  const { run } = desk.state;
  const spending = desk.spending(stage.name);
  if (stage.type === 'factory') return { run, recipe: artifact, knobs: stage.knobs, spending };
  if (stage.type === 'sft') return { run, stage, recipe: artifact, heartbeat: recipe.rollout.heartbeat };
  const playing = {
    run,
    recipe: artifact,
    heartbeat: recipe.rollout.heartbeat,
    gpus: recipe.tasks.gpus,
    maxInfraFailedShare: recipe.maxInfraFailedShare,
    admission: recipe.admission,
    spending,
  };
  if (stage.type === 'rl') return { ...playing, stage };
  const isOutside = recipe.student !== undefined && recipe.student.server.type !== 'embedded';
  return { ...playing, stage, ...(isOutside ? { outside: true as const } : {}) };
}

/** The type of a stage's workflow. */
const workflowOf = ({ type }: Stage): string => {
  if (type === 'factory') return 'researchFactory';
  return type === 'rl' ? 'rlStage' : type;
};

function summaryOf(stage: Stage): string {
  if (stage.type === 'factory') return `papers → tasks, ${stage.knobs.concurrency} at a time`;
  if (stage.type === 'rl') return `RL from ${stage.from}, ${stage.steps} steps within ${stage.timeout}`;
  if (stage.type === 'sft') return `trains ${stage.name}${stage.from === null ? '' : ` from ${stage.from}`}`;
  return `${stage.policy} on ${stage.suite}, ${stage.rolloutsPerTask} × within ${stage.timeout}`;
}
