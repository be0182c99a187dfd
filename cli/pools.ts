import { join } from 'node:path';
import { childEnvironment, type Environment } from '../config/environment.ts';
import { poolQueue, POOLS, queuesOf, type Pool } from '../core/names.ts';
import type { Queue } from './server/ready.ts';
import type { ProcessSpec } from './supervisor/process-spec.ts';

/** How many processes each pool has; one for GPUs where there are some, which shares them out itself. */
export function poolSizes({ processes, gpus }: Environment): Record<Pool, number> {
  const sizes: Partial<Record<Pool, number>> = { ...processes, 'rollout-gpu': gpus.length > 0 ? 1 : 0 };
  return Object.fromEntries(POOLS.map((pool) => [pool, sizes[pool] ?? 1])) as Record<Pool, number>;
}

/** The pools that are wanted: `trainer` where something is trained or served, `research` where papers become tasks. */
export const poolsWith = (wanted: { trainer: boolean; research?: boolean }): Pool[] =>
  POOLS.filter((pool) => (pool !== 'trainer' || wanted.trainer) && (pool !== 'research' || wanted.research === true));

/** The environment of pools that play rollouts with such a clock. */
export const roomFor = (environment: Environment, isVirtual: boolean): Environment =>
  isVirtual ? { ...environment, rolloutSlots: environment.virtualRolloutSlots } : environment;

/** The workers of these pools, as processes to keep; `address` is null where the Temporal CLI's own configuration says it. */
export function poolProcesses(environment: Environment, pools: readonly Pool[], address: string | null): ProcessSpec[] {
  const sizes = poolSizes(environment);
  const places = pools.flatMap((pool) => Array.from({ length: sizes[pool] }, (_, number) => ({ pool, number })));
  return places.map(({ pool, number }, index) => ({
    pool,
    number,
    command: [process.execPath, '--enable-source-maps', join(environment.root, `dist/workers/${pool}.js`)],
    environment: childEnvironment({
      LONGHAUL_HOME: environment.home,
      LONGHAUL_ROLLOUT_SLOTS: String(environment.rolloutSlots),
      ...(address === null ? {} : { TEMPORAL_ADDRESS: address }),
      ...(environment.metricsPort > 0 ? { LONGHAUL_METRICS_PORT: String(environment.metricsPort + index) } : {}),
    }),
    parent: 'ipc',
  }));
}

/** The task queues that are polled once these pools run. */
export function poolQueues(environment: Environment, pools: readonly Pool[]): Queue[] {
  const sizes = poolSizes(environment);
  const activities = pools.filter((pool) => sizes[pool] > 0).flatMap(queuesOf);
  return [
    ...(pools.includes('orchestrator') ? [{ name: environment.queue, kind: 'workflow' as const }] : []),
    ...activities.map((queue): Queue => ({ name: poolQueue(environment.queue, queue), kind: 'activity' })),
  ];
}
