import { Context } from '@temporalio/activity';
import { rulesOf } from '../core/agent/settings.ts';
import { seconds } from '../core/duration.ts';
import { keys, type RolloutPlace, rolloutId } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import type { Recipe } from '../core/recipe.ts';
import { judgeOf, reproductionOf } from '../core/judge-settings.ts';
import { finishedTurns, totalUsage, totalWaited, type TurnRecord } from '../core/trajectory.ts';
import { excuseOf, takeCountedLease } from './agent/counted-lease.ts';
import { withHeartbeat, type Beat } from './agent/heartbeat.ts';
import { holding } from './agent/held.ts';
import { keepWorkspace } from './agent/keep-workspace.ts';
import { readKnobs } from './agent/knobs.ts';
import { LeaseLost, type Lease } from './agent/lease.ts';
import { createScaffold } from './agent/scaffold.ts';
import { play, type Game, type Played } from './agent/play.ts';
import { playedRecord, readPlayed, type PlayedRecord } from './agent/played.ts';
import { openTurnLog, TurnLogCorrupt } from './agent/turn-log.ts';
import { specOf } from './agent/sandbox-spec.ts';
import { waitForDevices } from './agent/wait-for-devices.ts';
import { openWorkspace, type Workspace } from './agent/workspace.ts';
import { corrupt, leaseLost, workerShutdown } from './failures.ts';
import { isProviderAway, isProviderRefusal } from './models/model-error.ts';
import type { PolicyChoice } from './policies/create-policy.ts';
import type { Policy } from './policies/policy.ts';
import type { DeviceAllocator } from './sandboxes/devices.ts';
import { StaleEpoch } from './sandboxes/errors.ts';
import type { DeviceSet, SandboxProvider } from './sandboxes/sandbox.ts';
import type { Store } from './store.ts';
import { PAPER_FILE } from './tasks.ts';

export interface RunAgentInput {
  place: RolloutPlace;
  policy: string;
  timeout: string;
  recipe: Artifact;
}

export type RunAgentResult = PlayedRecord | { end: 'paused'; turns: number };

export interface RunAgentDependencies {
  store: Store;
  sandboxes: SandboxProvider;
  devices: DeviceAllocator;
  scratch: string;
  recipe(artifact: Artifact): Promise<Recipe>;
  policy(choice: PolicyChoice): Policy;
  instructions(run: string, task: string): Promise<string>;
  /** Aborted when this worker is asked to stop: rollouts let go after the turn in flight. */
  draining: AbortSignal;
}

/** The activities of a rollout: `runAgent` plays it in its sandbox, `closeSandbox` cleans up after one that gave up. */
export function createRunAgent(deps: RunAgentDependencies) {
  async function runAgent(input: RunAgentInput): Promise<RunAgentResult> {
    const recipe = await deps.recipe(input.recipe);
    const { heartbeat, stuckAfter } = recipe.rollout;
    const [heartbeatMs, stuckMs] = [seconds(heartbeat) * 1000, seconds(stuckAfter) * 1000];
    const options = { heartbeatMs, stuckMs, restMs: heartbeatMs / 10 }; // telling takes longer than some turns
    const id = rolloutId(input.place);
    try {
      return await withHeartbeat(options, (beat) => attempt(deps, { ...input, id, settings: recipe }, beat));
    } catch (error) {
      throw error instanceof TurnLogCorrupt ? corrupt(error) : error;
    }
  }

  async function closeSandbox(input: { rollout: string }): Promise<void> {
    await deps.sandboxes.destroy(input.rollout);
  }

  return { runAgent, closeSandbox };
}

type Attempt = RunAgentInput & { id: string; settings: Recipe };

/** One attempt: goes on from the turn log, and leaves everything so that the next one can. */
async function attempt(deps: RunAgentDependencies, input: Attempt, beat: Beat): Promise<RunAgentResult> {
  const before = await endedBefore(deps, input.id);
  if (before) return before;
  const wanted = { sandbox: input.id, count: input.settings.tasks.gpus, retryDelay: '10s' } as const;
  const devices = await waitForDevices(deps, wanted, beat);
  try {
    // It may have waited for an older attempt, which has played on.
    return (await endedBefore(deps, input.id)) ?? (await withLease(deps, { ...input, devices }, beat));
  } finally {
    deps.devices.release(devices);
  }
}

async function withLease(
  deps: RunAgentDependencies,
  input: Attempt & { devices: DeviceSet },
  beat: Beat,
): Promise<RunAgentResult> {
  const { store } = deps;
  const lease = await takeCountedLease(store, input.id, input.settings.rollout.attempts);
  const { log, records } = await openTurnLog(store.path(keys.turns(input.id)), lease.epoch);
  try {
    const turns = finishedTurns(records).length;
    const played = records.findLast(({ type }) => type !== 'opened')?.epoch ?? -1;
    const workspace = await openWorkspace(deps, specOf(store, input), { epoch: lease.epoch, turns, played });
    return await inWorkspace(deps, { input, lease, log, records, workspace }, beat);
  } catch (error) {
    if (error instanceof LeaseLost || error instanceof StaleEpoch) throw leaseLost(error);
    throw error;
  } finally {
    await log.close();
  }
}

interface Opened {
  input: Attempt;
  lease: Lease;
  log: Game['log'];
  records: TurnRecord[];
  workspace: Workspace;
}

async function inWorkspace(deps: RunAgentDependencies, opened: Opened, beat: Beat): Promise<RunAgentResult> {
  const { input, lease, workspace } = opened;
  const noteMs = (seconds(input.settings.rollout.heartbeat) * 1000) / 4;
  const held = holding(deps.store, input.id, { epoch: lease.epoch, noteMs });
  try {
    const instructions = await deps.instructions(input.place.run, input.place.task);
    const played = await play({ ...gameOf(deps, opened, beat), instructions }, opened.records);
    if (played.end !== 'paused') return await publish(deps, opened, { ...played, sandboxSeconds: await held.total() });
    await held.note();
    return await letGo(deps, opened, played.turns.length);
  } catch (error) {
    await held.note();
    const context = Context.current();
    if (!context.cancellationSignal.aborted) {
      if (isProviderAway(error) || isProviderRefusal(error)) await lease.excuse((error as Error).message);
      // It may be days until somebody has mended it, and another machine that goes on.
      if (isProviderRefusal(error)) await keepWorkspace(deps.store, input.id, opened);
      await workspace.sandbox.detach();
      throw error;
    }
    // Only a cancel destroys; on pause, reset, shutdown and a lost server the next attempt re-attaches.
    if (context.cancellationDetails?.cancelRequested) await deps.sandboxes.destroy(input.id);
    else await workspace.sandbox.detach();
    const excuse = excuseOf(context);
    if (excuse !== undefined) await lease.excuse(excuse);
    await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
    throw error;
  } finally {
    held.stop();
  }
}

/** Stopped between two turns with everything durable: for a pause, or because this worker has to go. */
async function letGo(deps: RunAgentDependencies, { lease, workspace }: Opened, turns: number): Promise<RunAgentResult> {
  const stops = deps.draining.aborted;
  await lease.excuse(stops ? 'the worker was stopped' : 'the stage was paused');
  if (stops) throw workerShutdown('the worker is being stopped');
  await workspace.sandbox.detach();
  return { end: 'paused', turns };
}

function gameOf(deps: RunAgentDependencies, opened: Opened, beat: Beat): Omit<Game, 'instructions'> {
  const { input, lease, log, workspace } = opened;
  const { rollout } = input.settings;
  const file = deps.store.path(keys.knobs(input.place.run, input.place.stage));
  let knobs = readKnobs(file);
  const snapshotMs = seconds(rollout.snapshotEvery) * 1000;
  let snapshotAt = performance.now();
  let at: object = {};
  return {
    rollout: input.id,
    policy: deps.policy({
      recipe: input.settings,
      run: input.place.run,
      name: input.policy,
      budgetSeconds: seconds(input.timeout),
    }),
    scaffold: createScaffold({ rules: rulesOf(rollout.agent, input.settings.tasks), paper: PAPER_FILE }),
    sandbox: workspace.sandbox,
    log,
    epoch: lease.epoch,
    clock: rollout.clock,
    budgetSeconds: () => seconds(knobs.timeout ?? input.timeout),
    maxTurns: rollout.maxTurns,
    idleTurns: rollout.agent.idleTurns,
    callTimeoutSeconds: seconds(rollout.callTimeout),
    ...(workspace.notice === undefined ? {} : { notice: workspace.notice }),
    async mayGoOn(progress) {
      at = { ...progress, sandbox: input.id, epoch: lease.epoch };
      beat.progress(at);
      knobs = readKnobs(file);
      const stops = deps.draining.aborted || knobs.paused;
      if (stops || performance.now() - snapshotAt > snapshotMs) {
        await workspace.checkpoint(progress.turn);
        snapshotAt = performance.now();
      }
      return !stops;
    },
    // In the UI it is what the activity does now; and a provider that is busy does not mean that the attempt is stuck.
    onWait: (waiting) => beat.progress({ ...at, ...waiting }),
    signal: beat.signal,
  };
}

/** Stores the submission and the result, then closes the sandbox: in this order, so that a crash in between loses nothing. */
async function publish(
  deps: RunAgentDependencies,
  { input, lease, workspace }: Opened,
  played: Exclude<Played, { end: 'paused' }> & { sandboxSeconds: number },
): Promise<RunAgentResult> {
  await lease.assertHeld();
  const waited = totalWaited(played.turns);
  const reproduce = reproductionOf(judgeOf(input.settings, input.place.stage));
  const result = playedRecord.parse({
    end: played.end,
    turns: played.turns.length,
    activeSeconds: played.active,
    sandboxSeconds: played.sandboxSeconds,
    ...(waited > 0 ? { waitedSeconds: waited } : {}),
    usage: totalUsage(played.turns, played.lost),
    policyVersions: [...new Set(played.turns.map(({ acted }) => acted.policyVersion))],
    submission: await workspace.submit(),
    unsafeSandbox: deps.sandboxes.kind === 'process',
    ...(reproduce === undefined ? {} : { reproduce: reproduce.timeout }),
  });
  await lease.assertHeld();
  await deps.store.writeJson(keys.played(input.id), result);
  await workspace.sandbox.close();
  return result;
}

/** Where an earlier attempt has played it to the end, it may have died before it could say so. */
async function endedBefore(deps: RunAgentDependencies, id: string): Promise<PlayedRecord | undefined> {
  const result = await readPlayed(deps.store, id);
  if (result) await deps.sandboxes.destroy(id);
  return result;
}
