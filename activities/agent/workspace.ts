import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { keepSnapshot } from '../keep-snapshot.ts';
import type { Sandbox, SandboxProvider, SandboxSpec } from '../sandboxes/sandbox.ts';
import type { Store } from '../store.ts';

/** A rollout's sandbox and how to keep what is in it. */
export interface Workspace {
  sandbox: Sandbox;
  /** What a person at the terminal would have noticed about the machine since the last turn. */
  notice?: string;
  /** Keeps the workspace as it is after so many turns, for another machine. */
  checkpoint(turns: number): Promise<void>;
  /** Stores the workspace as the rollout's submission. */
  submit(): Promise<Artifact>;
}

export interface WorkspaceDependencies {
  store: Store;
  sandboxes: SandboxProvider;
  /** A folder of this machine for files in the making. */
  scratch: string;
}

/** What the agent finds in its workspace at the start is bound here, read-only. */
export const TASK_MOUNT = '/task';

/** Where the paper of a task folder lies: in the workspace, read-only, and no part of what is submitted. */
export const PAPER_MOUNT = '/workspace/paper';

/** Opens the rollout's sandbox as its last attempt left it, or as well as it can be brought back. */
export async function openWorkspace(
  deps: WorkspaceDependencies,
  spec: SandboxSpec,
  before: { epoch: number; turns: number },
): Promise<Workspace> {
  const { store } = deps;
  const rollout = spec.labels.rollout;
  const hasStart = spec.mounts.some(({ target }) => target === TASK_MOUNT);
  const { sandbox, found } = await deps.sandboxes.open(spec);
  const notice = found === 'new' ? await fill(deps, sandbox, { rollout, hasStart, ...before }) : undefined;
  const toStore = (key: string): Promise<Artifact> => keepSnapshot(deps, sandbox, key);
  return {
    sandbox,
    ...(notice === undefined ? {} : { notice }),
    async checkpoint(turns) {
      const older = await store.list(snapshotFolder(rollout));
      await toStore(`${snapshotFolder(rollout)}/${turns}.tar`);
      for (const name of older.filter((name) => name !== `${turns}.tar`)) {
        await store.remove(`${snapshotFolder(rollout)}/${name}`);
      }
    },
    async submit() {
      const submission = await toStore(`${keys.rollout(rollout)}/submission.tar`);
      await store.remove(snapshotFolder(rollout));
      return submission;
    },
  };
}

const snapshotFolder = (rollout: string): string => `${keys.rollout(rollout)}/snapshots`;

/** Puts into a new sandbox what belongs there: the newest snapshot, or the task's starting files. */
async function fill(
  deps: WorkspaceDependencies,
  sandbox: Sandbox,
  at: { rollout: string; epoch: number; turns: number; hasStart: boolean },
): Promise<string | undefined> {
  const snapshots = (await deps.store.list(snapshotFolder(at.rollout))).map((name) => Number.parseInt(name, 10));
  const newest = snapshots.length === 0 ? undefined : Math.max(...snapshots);
  if (newest !== undefined) {
    await sandbox.restore(deps.store.path(`${snapshotFolder(at.rollout)}/${newest}.tar`));
  } else if (at.hasStart) {
    const command = `cp -r ${TASK_MOUNT}/. .`;
    const copied = await sandbox.exec({ callId: 'start', command, epoch: at.epoch, timeoutSeconds: 120 });
    if (copied.exitCode !== 0) throw new Error(`the starting files could not be copied: ${copied.output}`);
  }
  const missing = at.turns - (newest ?? 0);
  return missing > 0 ? `[the machine was replaced: the effects of the last ${missing} turns are lost]` : undefined;
}
