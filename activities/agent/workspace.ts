import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { keepSnapshot } from '../keep-snapshot.ts';
import type { ExecResult, Sandbox, SandboxProvider, SandboxSpec } from '../sandboxes/sandbox.ts';
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
  before: Before,
): Promise<Workspace> {
  const { store } = deps;
  const rollout = spec.labels.rollout;
  const { sandbox, notice } = await openFilled(deps, spec, before);
  const toStore = (key: string): Promise<Artifact> => keepSnapshot(deps, sandbox, key);
  return {
    sandbox,
    ...(notice === undefined ? {} : { notice }),
    async checkpoint(turns) {
      const older = await store.list(snapshotFolder(rollout));
      await toStore(`${snapshotFolder(rollout)}/${turns}.tar`);
      for (const name of older.filter((name) => Number.parseInt(name, 10) < turns)) {
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

interface Before {
  epoch: number;
  turns: number;
  /** The epoch of the turn log's last record; -1 where there is none. */
  played: number;
}

/**
 * A sandbox that holds what belongs there. One whose filling was cut short is made anew: nobody has worked in it yet. So is one that
 * an attempt on another machine has overtaken: it has not seen the epoch that played last, and turns are missing from it.
 */
async function openFilled(
  deps: WorkspaceDependencies,
  spec: SandboxSpec,
  before: Before,
): Promise<{ sandbox: Sandbox; notice?: string | undefined }> {
  const first = await deps.sandboxes.open(spec);
  if (first.found === 'new')
    return { sandbox: first.sandbox, notice: await fill(deps, first.sandbox, { spec, ...before }) };
  if (first.sandbox.seenEpoch >= before.played && (await isFilled(first.sandbox, before)))
    return { sandbox: first.sandbox };
  await first.sandbox.close();
  const { sandbox } = await deps.sandboxes.open(spec);
  return { sandbox, notice: await fill(deps, sandbox, { spec, ...before }) };
}

/** Puts into a new sandbox what belongs there: the newest snapshot, or the task's starting files. */
async function fill(
  deps: WorkspaceDependencies,
  sandbox: Sandbox,
  { spec: { labels, mounts }, epoch, turns }: Omit<Before, 'played'> & { spec: SandboxSpec },
): Promise<string | undefined> {
  const folder = snapshotFolder(labels.rollout);
  const snapshots = (await deps.store.list(folder)).map((name) => Number.parseInt(name, 10));
  const newest = snapshots.length === 0 ? undefined : Math.max(...snapshots);
  if (newest !== undefined) await sandbox.restore(deps.store.path(`${folder}/${newest}.tar`), epoch);
  const hasStart = newest === undefined && mounts.some(({ target }) => target === TASK_MOUNT);
  const ended = await lastOfFilling(sandbox, hasStart ? `cp -r ${TASK_MOUNT}/. .` : 'true', epoch);
  if (ended.exitCode !== 0) throw new Error(`the workspace could not be filled: ${ended.output}`);
  const missing = turns - (newest ?? 0);
  return missing > 0 ? `[the machine was replaced: the effects of the last ${missing} turns are lost]` : undefined;
}

/** The last call of filling is its mark: the journal answers it ever after, and it succeeds only where it was made then. */
const isFilled = async (sandbox: Sandbox, { epoch }: Before): Promise<boolean> =>
  (await lastOfFilling(sandbox, 'false', epoch)).exitCode === 0;

const lastOfFilling = (sandbox: Sandbox, command: string, epoch: number): Promise<ExecResult> =>
  sandbox.exec({ callId: 'start', command, epoch, timeoutSeconds: 120 });
