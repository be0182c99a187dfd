import type { Policy } from './policy.ts';
import { answer } from './scripted.ts';

export const IDLE_VERSION = 'idle-1';

/** Submits at once: what a table shows for having done nothing. */
export function createIdle(): Policy {
  async function nextTurn(...[request, signal]: Parameters<Policy['nextTurn']>): ReturnType<Policy['nextTurn']> {
    signal.throwIfAborted();
    return answer('submit', request, IDLE_VERSION);
  }
  return { nextTurn };
}
