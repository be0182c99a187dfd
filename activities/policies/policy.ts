import type { ContentBlock, ToolCall, Turn, Usage } from '../../core/trajectory.ts';
import type { OnWait } from '../models/waiting.ts';

/** What a policy is asked with: the pinned task text and everything that happened since. */
export interface PolicyRequest {
  rollout: string;
  /** The task's instructions, the first user message. */
  instructions: string;
  turns: readonly Turn[];
  /** Told while nobody thinks because a server is busy or away. */
  onWait?: OnWait;
}

export interface PolicyAnswer {
  text: string;
  calls: ToolCall[];
  usage: Usage;
  policyVersion: string;
  blocks?: ContentBlock[];
  stop?: string;
  tokenIds?: number[];
  logProbs?: number[];
  /** Measured seconds of the turn in which nobody thought: a server was away, or asked to wait. Not charged. */
  waitedSeconds?: number;
}

/** The task and what was read leave no room for another turn: the rollout ends as `context` and is judged as it stands. */
export class ContextFull extends Error {}

/** The policy will not make another turn, such as a model that refuses: the rollout ends as `stalled` and is judged as it stands. */
export class PolicyStalled extends Error {
  /** What the answers took that were no turn. */
  readonly usage: Usage | undefined;

  constructor(message: string, usage?: Usage) {
    super(message);
    this.usage = usage;
  }
}

/** A model version, or a program, that can be asked for the next turn. */
export interface Policy {
  nextTurn(request: PolicyRequest, signal: AbortSignal): Promise<PolicyAnswer>;
}
