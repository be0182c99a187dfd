import type { WorkerOptions } from '@temporalio/worker';
import type { Environment } from '../config/environment.ts';

/** The deployment's name; `temporal worker deployment set-current-version` says which of its versions gets new runs. */
export const DEPLOYMENT = 'longhaul';

/** Worker versioning of the workflows, where it is switched on: a version is the code's own. Activities go to any worker. */
export function versioningOf(
  { versioning }: Pick<Environment, 'versioning'>,
  buildId: string,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (versioning === 'off') return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: DEPLOYMENT, buildId },
      defaultVersioningBehavior: versioning === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE',
    },
  };
}
