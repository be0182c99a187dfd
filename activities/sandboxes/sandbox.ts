/** What a sandbox may use. Every limit is enforced by the sandbox, not trusted to the program. */
export interface SandboxLimits {
  processes: number;
  /**
   * Resident bytes of all its processes together, looked at ten times a second; one process alone cannot pass them. /tmp (at
   * most this and `workspaceBytes`) and /dev/shm (half) are held apart.
   */
  memoryBytes: number;
  /** CPU seconds of one process. */
  cpuSeconds: number;
  /** Bytes of one file. */
  fileBytes: number;
  /** Bytes of the whole workspace, looked at ten times a second: a program can pass them by what it writes in between. */
  workspaceBytes: number;
  /** Bytes of output kept of one call; more is cut in the middle with a note. */
  outputBytes: number;
}

/** GPUs a sandbox may see: what goes into CUDA_VISIBLE_DEVICES, and the device files bound into it. */
export interface DeviceSet {
  ids: string[];
  /** Theirs, in the same order, then those that every program with a GPU needs besides. */
  paths: string[];
}

/** Devices that a living sandbox has, whoever opened it. */
export interface Holding {
  sandbox: string;
  devices: DeviceSet;
}

export interface SandboxSpec {
  /** Unique name, computed from the rollout's id; opening a name again re-attaches to its sandbox. */
  id: string;
  /** Whose it is, for `list` and the janitor. */
  labels: { run: string; rollout: string };
  limits: SandboxLimits;
  /** Host files and folders bound read-only: `{source, target}`, `target` absolute inside the sandbox. */
  mounts: { source: string; target: string }[];
  /** The whole environment of its programs, beside PATH, HOME and PWD. */
  environment: Record<string, string>;
  /** `virtual`: programs get a `sleep` that charges the rollout's clock instead of waiting. */
  clock: 'real' | 'virtual';
  /** It ends itself after this long without a call. */
  idleSeconds: number;
  devices?: DeviceSet;
}

export interface ExecRequest {
  /** Unique within the sandbox; asked again, a finished call is answered from the journal, not run twice. */
  callId: string;
  /** Run by `sh -c` in the workspace. */
  command: string;
  /** The lease's epoch: a request with a lower epoch than one seen before is refused. */
  epoch: number;
  /** Measured seconds after which the call's process tree is killed. */
  timeoutSeconds: number;
  /** With the virtual clock: seconds left; a `sleep` beyond them ends the call before it returns. */
  clockSeconds?: number;
}

export interface ExecResult {
  /** null when a signal or the sandbox ended it. */
  exitCode: number | null;
  /**
   * stdout and stderr as they came, valid UTF-8; bytes that are not, and control characters but tab, newline and carriage
   * return, are shown as U+FFFD. A limit that ended the call, or a restart of the sandbox, is said in brackets at the end.
   */
  output: string;
  ended: 'exit' | 'timeout' | 'budget' | 'killed' | 'interrupted';
  /** Measured seconds. */
  seconds: number;
  /** Seconds that programs slept on the virtual clock. */
  slept: number;
  /** True when this answer came from the journal. */
  replayed: boolean;
  /** True when programs of the sandbox may have ended with its supervisor or its host between the call before and this one. */
  restarted?: boolean;
}

/** An open sandbox. Its workspace is `/workspace` inside. */
export interface Sandbox {
  readonly id: string;
  /** The highest epoch that it had seen when it was opened here; -1 where it had seen none. */
  readonly seenEpoch: number;
  /**
   * Throws StaleEpoch, SandboxLost (no supervisor answers, or the workspace is gone), or the signal's reason once the call's
   * tree is killed. The death of a supervisor is not an error: the next one answers from the journal.
   */
  exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult>;
  /**
   * The workspace as a deterministic tar (sorted, no times, no owners, links as links, no mounts), written to `file` by way
   * of a second name beside it.
   */
  snapshot(file: string): Promise<void>;
  /** Ends what runs and replaces the workspace by a tar made by `snapshot`. Throws StaleEpoch as `exec` does. */
  restore(file: string, epoch: number): Promise<void>;
  /** Leaves it running for whoever re-attaches. */
  detach(): Promise<void>;
  /** Kills its processes and removes its workspace and journal. May be done twice. */
  close(): Promise<void>;
}

export interface SandboxInfo {
  id: string;
  labels: { run: string; rollout: string };
  /** Whether its supervisor answers. */
  alive: boolean;
  /** Unix seconds of the last call. */
  lastUsed: number;
}

/**
 * How the sandbox was found: `new`, `attached` to a live supervisor, or `reopened` from a workspace without one. A live supervisor with
 * other devices than are asked for is ended first: what a sandbox sees is always what its opener holds.
 */
export type Found = 'new' | 'attached' | 'reopened';

export interface SandboxProvider {
  readonly kind: 'bubblewrap' | 'process';
  open(spec: SandboxSpec): Promise<{ sandbox: Sandbox; found: Found }>;
  /**
   * This machine's, and those of other machines over the same home whose supervisors are gone, sorted by id. (A machine is one boot and
   * one container of it.)
   */
  list(): Promise<SandboxInfo[]>;
  /** What this machine's sandboxes hold that live, or may. */
  holdings(): Promise<Holding[]>;
  /** Removes a sandbox by name, whoever opened it; no error when there is none. One that only its machine can end is left to that. */
  destroy(id: string): Promise<void>;
}
