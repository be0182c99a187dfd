import type { ToolCall, Turn, Usage } from '../../core/trajectory.ts';

/** What a policy is asked with: the pinned task text and everything that happened since. */
export interface PolicyRequest {
  rollout: string;
  /** The task's instructions, the first user message. */
  instructions: string;
  turns: readonly Turn[];
}

export interface PolicyAnswer {
  text: string;
  calls: ToolCall[];
  usage: Usage;
  policyVersion: string;
  tokenIds?: number[];
  logProbs?: number[];
}

/** A model version, or a program, that can be asked for the next turn. */
export interface Policy {
  nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer>;
}
