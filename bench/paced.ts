import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../activities/policies/policy.ts';

/** What a turn takes at least: of a policy that answers this fast, what keeps its turns is seen best. */
export const TURN_MS = 200;
export const TURNS = 75;

/** Thinks for as long as is said here, asks for next to nothing, and submits with its last turn. */
export const pacedPolicy: Policy = {
  async nextTurn({ turns }, signal) {
    await sleep(TURN_MS, undefined, { signal });
    const id = `t${turns.length}.0`;
    const isLast = turns.length === TURNS - 1;
    return {
      text: isLast ? 'submit' : 'true',
      calls: [isLast ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command: 'true' } }],
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 },
      policyVersion: 'paced',
    };
  },
};
