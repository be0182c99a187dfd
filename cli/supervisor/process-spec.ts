/** One process that is kept running. */
export interface ProcessSpec {
  pool: string;
  /** Tells processes of one pool apart, from 0. */
  number: number;
  command: readonly string[];
  /** The whole environment of the process. */
  environment: Record<string, string | undefined>;
  /**
   * How it learns that its parent is gone, even by `kill -9`. `ipc`: a Node process whose channel closes, which then stops in its own
   * time; `lifeline`: any program, which gets SIGTERM from a shell that waits beside it.
   */
  parent: 'ipc' | 'lifeline';
}

/** Its name in pid files, logs and messages: `rollout.0`. */
export const nameOf = (spec: Pick<ProcessSpec, 'pool' | 'number'>): string => `${spec.pool}.${spec.number}`;

/** Names, in a process's environment, who keeps it: see cli/bootstrap/process-mark.cjs. */
export const SUPERVISOR_VARIABLE = 'LONGHAUL_SUPERVISOR';
