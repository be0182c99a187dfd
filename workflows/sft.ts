import { setHandler, workflowInfo } from '@temporalio/workflow';
import { stageBoard } from '../core/board.ts';
import { seconds as secondsOf } from '../core/duration.ts';
import type { Artifact } from '../core/record.ts';
import type { StageReport } from '../core/report.ts';
import type { TrainingStage } from '../core/stages.ts';
import { stageStatusQuery } from './messages.ts';
import { bookkeeping, preparing, training } from './proxies.ts';

export interface TrainingInput {
  run: string;
  stage: TrainingStage;
  recipe: Artifact;
  /** Silence after which its trainer is taken for dead. */
  heartbeat?: string;
}

/** One trainer job: its data is made, the job runs, and the checkpoint under the stage's name is what it leaves. */
export async function sft(input: TrainingInput): Promise<StageReport> {
  const { run, stage, recipe, heartbeat = '30s' } = input;
  const { workflowId, runId, startTime } = workflowInfo();
  const startedAt = startTime.toISOString();
  const board = stageBoard(stage.name, startedAt);
  setHandler(stageStatusQuery, () => board, { description: 'the state of this stage' });

  const prepared = await preparing().prepareTraining.executeWithOptions({ summary: summaryOf(stage) }, [
    { run, stage: stage.name, recipe },
  ]);
  const { job, dataset, rows, trainedTokens, stuckAfter } = prepared;
  const options = { summary: `${job.kind}: ${job.steps ?? 0} steps on ${rows} rows` };
  const result = await training(secondsOf(heartbeat)).runJob.executeWithOptions(options, [
    { run, name: stage.name, parent: stage.from, dataset, job, stuckAfter, heartbeat },
  ]);
  const { metrics, seconds, step } = result;
  const trained = { checkpoint: stage.name, rows, trainedTokens, steps: step, metrics, seconds };
  return bookkeeping().closeTraining({ run, stage, recipe, startedAt, trained, workflow: { workflowId, runId } });
}

const summaryOf = (stage: TrainingStage): string =>
  stage.from === null ? 'makes the tokenizer' : `makes the data that ${stage.from} is trained on`;
