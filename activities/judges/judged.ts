import type { Reproduction } from '../../core/judging/reproduction.ts';
import type { Artifact, IncompleteVerdict, Verdict } from '../../core/record.ts';
import type { SandboxLimits } from '../sandboxes/sandbox.ts';

/** What a judge is given. */
export interface Submission {
  rollout: string;
  /** The task's folder. */
  task: string;
  /** A workspace's tar as `Sandbox.snapshot` wrote it, under its name in the store and as a file here. */
  submission: { artifact: Artifact; file: string };
  /** The judge's own sandbox; one of that name is left from an attempt that died, or was of one that is overtaken, and is removed. */
  sandbox: { id: string; labels: { run: string; rollout: string }; epoch: number };
  limits: SandboxLimits;
  /** What running the submission's `reproduce.sh` left, where the judge looks at that. */
  reproduction?: { artifact: Artifact; value: Reproduction };
  /** Told a pointer for the UI, at every step on. */
  onProgress(details: unknown): void;
  signal: AbortSignal;
}

/** Every leaf graded, or some that could not be. */
export type Judged = Omit<Verdict, 'rollout'> | Omit<IncompleteVerdict, 'rollout'>;

/** Grades a submission; throws when it cannot be graded now, never scores that. */
export type GradeSubmission = (submission: Submission) => Promise<Judged>;
