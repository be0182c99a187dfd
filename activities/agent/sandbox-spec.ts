import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { seconds } from '../../core/duration.ts';
import { keys, type RolloutPlace } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import { limitsOf } from '../../core/rollout-settings.ts';
import type { DeviceSet, SandboxSpec } from '../sandboxes/sandbox.ts';
import type { Store } from '../store.ts';
import { TASK_FILES } from '../tasks.ts';
import { PAPER_MOUNT, TASK_MOUNT } from './workspace.ts';

/** The sandbox of a rollout, by its recipe. */
export function specOf(
  store: Store,
  { id, place, settings, devices }: { id: string; place: RolloutPlace; settings: Recipe; devices: DeviceSet },
): SandboxSpec {
  const { sandbox, clock } = settings.rollout;
  return {
    id,
    labels: { run: place.run, rollout: id },
    limits: limitsOf(sandbox),
    mounts: mountsOf(store.path(keys.task(place.run, place.task))),
    environment: {},
    clock: clock.type === 'virtual' ? 'virtual' : 'real',
    idleSeconds: seconds(sandbox.idle),
    devices,
  };
}

/** A micropaper's files are copied from its mount; a paper lies in the workspace read-only and is no part of the submission. */
function mountsOf(folder: string): SandboxSpec['mounts'] {
  const start = { source: join(folder, TASK_FILES.start), target: TASK_MOUNT };
  const paper = { source: join(folder, TASK_FILES.paper), target: PAPER_MOUNT };
  return [start, paper].filter(({ source }) => existsSync(source));
}
