import type { Usage } from '../../core/trajectory.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { eventually } from './eventually.ts';

/** A policy whose turns wait for the test's leave; each rollout submits at its third turn. */
export interface GatedPolicy extends Policy {
  leave(turns: number): void;
  /** How many turns wait. */
  waiting(): number;
  /** How many more may be taken. */
  left(): number;
}

export function gatedPolicy(used: Partial<Usage> = {}): GatedPolicy {
  const gate = { left: 0, waiting: 0 };
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0, ...used };
  return {
    leave: (turns) => void (gate.left += turns),
    waiting: () => gate.waiting,
    left: () => gate.left,
    async nextTurn({ turns }, signal) {
      gate.waiting += 1;
      await eventually(() => signal.aborted || gate.left > 0);
      gate.waiting -= 1;
      signal.throwIfAborted();
      gate.left -= 1;
      const id = `t${turns.length}.0`;
      const call = turns.length < 2 ? { id, name: 'sh', input: { command: 'ls' } } : { id, name: 'submit', input: {} };
      return { text: 'ls', calls: [call], usage, policyVersion: 'gated' };
    },
  };
}
