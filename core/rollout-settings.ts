import { z } from 'zod';
import { agentSettings } from './agent/settings.ts';
import { duration } from './fields.ts';

const MB = 1024 * 1024;

/** What one sandbox may use; sizes in the unit of the name. */
export const sandboxSettings = z.strictObject({
  processes: z.int().min(8).default(64).describe('processes at the same time'),
  memoryMb: z.int().min(16).default(1024).describe('resident memory of all its processes together'),
  cpuSeconds: z.int().min(1).default(3600).describe('CPU seconds of one process'),
  fileMb: z.int().min(1).default(256).describe('size of one file'),
  workspaceMb: z.int().min(1).default(1024).describe('size of the whole workspace'),
  outputKb: z.int().min(1).default(64).describe('output kept of one call; more is cut in the middle with a note'),
  idle: duration.default('30m').describe('a sandbox that nobody asks for this long ends itself'),
});

const perTurn = z.number().min(0);

export const clock = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('wall') }).describe('thinking and tools as measured'),
  z
    .strictObject({
      type: z.literal('metered'),
      secondsPerOutputToken: perTurn.default(0).describe('seconds charged for each sampled token'),
      turnSeconds: perTurn.default(0).describe('flat seconds charged for each turn'),
    })
    .describe('thinking at a stated rate, tools as measured'),
  z
    .strictObject({
      type: z.literal('virtual'),
      turnSeconds: perTurn.default(4).describe('seconds charged for thinking about one turn'),
      callSeconds: perTurn.default(1).describe('seconds charged for starting one call'),
    })
    .describe('flat charges and what programs sleep; measured time counts nothing'),
]);

/** How an attempt at a task is played, whatever the policy. */
export const rolloutSettings = z.strictObject({
  clock: clock.prefault({ type: 'wall' }).describe('how the time budget is counted'),
  maxTurns: z.int().min(1).default(400).describe('a rollout of this many turns ends as it stands'),
  callTimeout: duration.default('10m').describe('measured time after which one call is killed'),
  heartbeat: duration.default('60s').describe('silence after which a worker is taken for dead'),
  stuckAfter: duration.default('30m').describe('measured time without progress after which the attempt is given up'),
  snapshotEvery: duration.default('15m').describe('measured time between snapshots of the workspace'),
  attempts: z.int().min(1).default(5).describe('attempts in a row without a finished turn before it is infra-failed'),
  agent: agentSettings.prefault({}).describe('what the agent may do, and what it is told'),
  sandbox: sandboxSettings.prefault({}).describe('limits of a sandbox'),
});
export type RolloutSettings = z.infer<typeof rolloutSettings>;

/** The limits in bytes, as a sandbox takes them. */
export const limitsOf = (settings: RolloutSettings['sandbox']) => ({
  processes: settings.processes,
  memoryBytes: settings.memoryMb * MB,
  cpuSeconds: settings.cpuSeconds,
  fileBytes: settings.fileMb * MB,
  workspaceBytes: settings.workspaceMb * MB,
  outputBytes: settings.outputKb * 1024,
});
