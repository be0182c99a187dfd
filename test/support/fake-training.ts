import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { PreparedTraining, PrepareTrainingInput } from '../../activities/prepare-training.ts';
import type { ServePolicyInput } from '../../activities/serve-policy.ts';
import type { JobResult, TrainerJobInput } from '../../activities/trainer-job.ts';
import { eventually } from './eventually.ts';

/** Stands in for trainer and policy server: keeps what was asked of it, and fails when it is told to. */
export function fakeTraining() {
  const asked: string[] = [];
  const served = new Set<string>();
  const broken: { job?: string; serving?: string } = {};
  /** A server that is told to stop takes its time, until the test lets it. */
  const stops = { slowly: false, now: 0 };

  async function prepareTraining({ stage }: PrepareTrainingInput): Promise<PreparedTraining> {
    const isInit = stage === 'untrained';
    const job = { kind: isInit ? ('init' as const) : ('sft' as const), steps: isInit ? 0 : 10 };
    return { job, dataset: isInit ? null : stage, rows: 7, trainedTokens: 70, stuckAfter: '1m' };
  }

  async function runJob({ name, parent, dataset }: TrainerJobInput): Promise<JobResult> {
    asked.push(`${name} from ${parent} on ${dataset}`);
    if (broken.job) throw ApplicationFailure.create({ type: 'InvalidInput', message: broken.job, nonRetryable: true });
    return { step: 10, metrics: { loss: 0.5 }, seconds: 1, manifestSha256: 'x', tokens: 70 };
  }

  async function servePolicy({ checkpoint }: ServePolicyInput): Promise<void> {
    if (broken.serving) {
      throw ApplicationFailure.create({ type: 'InvalidInput', message: broken.serving, nonRetryable: true });
    }
    served.add(checkpoint);
    const beats = setInterval(() => Context.current().heartbeat(), 100);
    try {
      await Context.current().cancelled;
    } finally {
      stops.now += 1;
      await eventually(() => !stops.slowly);
      stops.now -= 1;
      clearInterval(beats);
      served.delete(checkpoint);
    }
  }

  return { asked, served, broken, stops, activities: { prepareTraining, runJob, servePolicy } };
}
