import type { Policy } from '../../activities/policies/policy.ts';
import { parseRolloutId } from '../../core/names.ts';

/** Writes a submission in one turn and submits in the next; at the task `forbidden` it tries to fetch what it must not. */
export const paperWriter: Policy = {
  async nextTurn({ rollout, turns }) {
    const { task } = parseRolloutId(rollout);
    const fetch = task === 'forbidden' ? 'curl -s https://github.com/authors/code; ' : '';
    const command = `${fetch}echo "class Model: pass" > model.py; echo "echo acc,0.9 > results.csv; cat paper/paper.md" > reproduce.sh`;
    const id = `t${turns.length}.0`;
    const call = turns.length === 0 ? { id, name: 'bash', input: { command } } : { id, name: 'submit', input: {} };
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 1 };
    return { text: '', calls: [call], usage, policyVersion: 'writer' };
  },
};
