import { proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import { seconds } from '../core/duration.ts';
import { poolQueue, type ActivityQueue } from '../core/names.ts';
import type { createBookkeeping } from '../activities/bookkeeping.ts';
import type { createFactory } from '../activities/factory.ts';
import type { createMachineJanitor, createStoreJanitor } from '../activities/janitor.ts';
import type { createJudge } from '../activities/judge.ts';
import type { createOverrule } from '../activities/overrule.ts';
import type { createNotify } from '../activities/notify.ts';
import type { createPrepareTraining } from '../activities/prepare-training.ts';
import type { createPrepareStep, createRl } from '../activities/rl.ts';
import type { createReproduction } from '../activities/reproduction.ts';
import type { createRunAgent } from '../activities/run-agent.ts';
import type { createPolicyServing } from '../activities/serve-policy.ts';
import type { createTrainerJobs } from '../activities/trainer-job.ts';
import type { createWeightSync } from '../activities/weight-sync.ts';

/**
 * The one place that decides patience, by kind of wait. Activities never share the queue of the workflow tasks: eager
 * dispatch would skip their own queue.
 */
const queue = (pool: ActivityQueue): string => poolQueue(workflowInfo().taskQueue, pool);

/** A day beyond the time budget: waiting for a slot or a rate limit is not charged to the agent, so it may add up. */
const SLACK_SECONDS = 86_400;

/** Reading and writing the store: quick, and safe to do again. */
export const bookkeeping = () =>
  proxyActivities<ReturnType<typeof createBookkeeping>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 6 },
  });

/**
 * Taking over what another run has: hours, where that is much, and harmless when done again. A run has no stage yet that could wait
 * for a person, so a store that is away for a while is waited for.
 */
export const adopting = () =>
  proxyActivities<Pick<ReturnType<typeof createBookkeeping>, 'adoptRun'>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '12 hours',
    heartbeatTimeout: '1 minute',
    scheduleToCloseTimeout: '2 days',
    retry: { initialInterval: '500ms', maximumInterval: '1 minute' },
  });

interface AgentWait extends Pick<ActivityOptions, 'priority'> {
  timeoutSeconds: number;
  heartbeatSeconds: number;
  gpus: number;
}

/**
 * Playing a rollout: hours long, kept alive by its heartbeat. It is tried again without limit, because it counts by itself
 * the attempts that came to nothing, and a deployment must not use them up.
 */
export const agent = (rollout: AgentWait) =>
  proxyActivities<ReturnType<typeof createRunAgent>>({
    taskQueue: queue(rollout.gpus > 0 ? 'rollout-gpu' : 'rollout'),
    startToCloseTimeout: (rollout.timeoutSeconds + SLACK_SECONDS) * 1000,
    heartbeatTimeout: rollout.heartbeatSeconds * 1000,
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
    ...(rollout.priority === undefined ? {} : { priority: rollout.priority }),
  });

/** Removing what a rollout left on a machine: bounded, because the sandbox ends itself anyway. */
export const cleanUp = (gpus: number) =>
  proxyActivities<Pick<ReturnType<typeof createRunAgent>, 'closeSandbox'>>({
    taskQueue: queue(gpus > 0 ? 'rollout-gpu' : 'rollout'),
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '5 minutes',
    retry: { maximumAttempts: 5 },
  });

/**
 * Running a submission's `reproduce.sh`: bounded by its own limit, which ends it with a result, on a machine like the agent's. A few
 * failures, and as many times that it gives way to those whose sandboxes keep the GPUs.
 */
export const reproducing = (of: { timeoutSeconds: number; heartbeatSeconds: number; gpus: number }) =>
  proxyActivities<ReturnType<typeof createReproduction>>({
    taskQueue: queue(of.gpus > 0 ? 'rollout-gpu' : 'rollout'),
    startToCloseTimeout: (of.timeoutSeconds + SLACK_SECONDS) * 1000,
    heartbeatTimeout: of.heartbeatSeconds * 1000,
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 10 },
  });

/**
 * Grading: a judge that fails is tried a few times and then is a failed machine, never a score. Days, because a rubric may have
 * thousands of leaves and a batch takes its time; every grade is kept as it comes.
 */
export const judging = (options: { heartbeatSeconds: number } & Pick<ActivityOptions, 'priority'>) =>
  proxyActivities<ReturnType<typeof createJudge>>({
    taskQueue: queue('judge'),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: options.heartbeatSeconds * 1000,
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 5 },
    ...(options.priority === undefined ? {} : { priority: options.priority }),
  });

/** Grading what the monitor had kept from being graded, as long as grading takes; then it is refused to who asked for it. */
export const overruling = () =>
  proxyActivities<ReturnType<typeof createOverrule>>({
    taskQueue: queue('judge'),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 5 },
  });

/**
 * Removing what is left on a machine that plays rollouts. It has a queue of its own, for which each such process keeps a slot, so
 * that it waits for no rollout; where nobody takes it soon, there is no machine to sweep.
 */
export const sweepingMachine = () =>
  proxyActivities<ReturnType<typeof createMachineJanitor>>({
    taskQueue: queue('sweep'),
    scheduleToStartTimeout: '1 minute',
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: '20 minutes',
    retry: { maximumAttempts: 3 },
  });

/** Removing what is left in the store: it goes before what is queued, which may be much. */
export const sweepingStore = () =>
  proxyActivities<ReturnType<typeof createStoreJanitor>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '5 minutes',
    retry: { maximumAttempts: 3 },
    priority: { priorityKey: 1 },
  });

/** Telling a webhook: a day, and then nobody is told. */
export const notifying = () =>
  proxyActivities<ReturnType<typeof createNotify>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: '1 day',
    retry: { initialInterval: '1s', maximumInterval: '10 minutes' },
  });

/** Making a dataset: minutes in a process of its own, and harmless when done again. */
export const preparing = () =>
  proxyActivities<ReturnType<typeof createPrepareTraining>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '4 hours',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
  });

/** What an RL stage reads, writes and starts: quick, and safe to do again. */
export const stageKeeping = () =>
  proxyActivities<ReturnType<typeof createRl>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 6 },
  });

/** Making the batch of one step of RL, as a dataset is made. */
export const preparingStep = () =>
  proxyActivities<ReturnType<typeof createPrepareStep>>({
    taskQueue: queue('orchestrator'),
    startToCloseTimeout: '4 hours',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
  });

/** Bringing engines to a checkpoint: an engine may be starting, and one that fails is started again meanwhile. */
export const syncing = () =>
  proxyActivities<ReturnType<typeof createWeightSync>>({
    taskQueue: queue('serving'),
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '500ms', maximumInterval: '30s', maximumAttempts: 8 },
  });

/** GPU time: a few attempts, each going on where the last one saved, and then a person decides. */
export const training = (heartbeatSeconds = 30) =>
  proxyActivities<ReturnType<typeof createTrainerJobs>>({
    taskQueue: queue('trainer'),
    startToCloseTimeout: '30 days',
    heartbeatTimeout: heartbeatSeconds * 1000,
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 5 },
  });

/** Serving a checkpoint for as long as its stage needs it; a server that dies is started again elsewhere, without limit. */
export const serving = (heartbeatSeconds: number) =>
  proxyActivities<ReturnType<typeof createPolicyServing>>({
    taskQueue: queue('serving'),
    startToCloseTimeout: '30 days',
    heartbeatTimeout: heartbeatSeconds * 1000,
    retry: { initialInterval: '500ms', maximumInterval: '15s' },
  });

/** What a factory does for all of its papers: asking the sources for thousands takes its time, all else is quick. */
export const researching = () =>
  proxyActivities<ReturnType<typeof createFactory>>({
    taskQueue: queue('research'),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 5 },
  });

/**
 * Reading a paper, in processes of their own, and calls to models. What was read is kept by its content; a call itself waits for a
 * provider that is busy, and its answer is kept before it counts, so trying again costs at most the calls that were in flight.
 */
export const asking = (heartbeat: string) =>
  proxyActivities<Pick<ReturnType<typeof createFactory>, 'buildTask' | 'judgeDry'>>({
    taskQueue: queue('research'),
    startToCloseTimeout: '1 day',
    heartbeatTimeout: seconds(heartbeat) * 1000,
    retry: { initialInterval: '1s', maximumInterval: '1 minute', maximumAttempts: 30 },
  });
