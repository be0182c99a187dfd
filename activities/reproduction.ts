import { Context } from '@temporalio/activity';
import { seconds } from '../core/duration.ts';
import { rolloutId, type RolloutPlace } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import { judgeOf, reproductionOf } from '../core/judge-settings.ts';
import type { Recipe } from '../core/recipe.ts';
import { limitsOf } from '../core/rollout-settings.ts';
import { epochOfAttempt } from './attempt.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import { waitForDevices } from './agent/wait-for-devices.ts';
import { reproduce, reproductionSandbox, type ReproductionDependencies } from './judges/reproduce.ts';
import type { PlayedRecord } from './agent/played.ts';
import type { DeviceAllocator } from './sandboxes/devices.ts';

export interface ReproductionInput {
  place: RolloutPlace;
  played: PlayedRecord;
  recipe: Artifact;
}

/** The activity that runs a submission's `reproduce.sh` on a machine like the agent's, with as many GPUs. */
export function createReproduction(
  deps: ReproductionDependencies & { devices: DeviceAllocator; recipe(artifact: Artifact): Promise<Recipe> },
) {
  async function reproduceSubmission(input: ReproductionInput): Promise<Artifact> {
    const recipe = await deps.recipe(input.recipe);
    const { heartbeat, sandbox } = recipe.rollout;
    const timeout = input.played.reproduce ?? '24h';
    const settings = { ...reproductionOf(judgeOf(recipe, input.place.stage)), timeout };
    const rollout = rolloutId(input.place);
    // The script has a limit of its own: that nothing is heard of it for hours does not mean that it is stuck.
    const stuckMs = (seconds(timeout) + 3600) * 1000;
    return withHeartbeat({ heartbeatMs: seconds(heartbeat) * 1000, stuckMs }, async (beat) => {
      const wanted = { sandbox: reproductionSandbox(rollout), count: recipe.tasks.gpus, ...givingWay(heartbeat) };
      const devices = await waitForDevices(deps, wanted, beat);
      try {
        const { submission } = input.played;
        const request = {
          rollout,
          run: input.place.run,
          submission,
          settings,
          limits: limitsOf(sandbox),
          devices,
          epoch: epochOfAttempt(),
          onProgress: beat.progress,
          signal: beat.signal,
        };
        return await reproduce(deps, request);
      } catch (error) {
        await leave(deps, rollout);
        throw error;
      } finally {
        deps.devices.release(devices);
      }
    });
  }

  return { reproduceSubmission };
}

const GIVES_WAY = 5;

/** Its attempts are counted: it gives way for as long as the server takes to notice that a worker is gone, and then waits here. */
const givingWay = (heartbeat: string): { retryDelay?: number } =>
  Context.current().info.attempt > GIVES_WAY ? {} : { retryDelay: seconds(heartbeat) * 1000 };

/** Only a cancel destroys what runs; on a pause, a reset or a stop of the worker the next attempt waits for the same run. */
async function leave({ sandboxes }: ReproductionDependencies, rollout: string): Promise<void> {
  const context = Context.current();
  if (!context.cancellationSignal.aborted) return;
  if (context.cancellationDetails?.cancelRequested) await sandboxes.destroy(reproductionSandbox(rollout));
  await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
}
