/** How a rollout's budget is counted (design: active time, never waiting). All amounts in seconds. */
export type Clock =
  | { type: 'wall' }
  | { type: 'metered'; secondsPerOutputToken: number; turnSeconds: number }
  | { type: 'virtual'; turnSeconds: number; callSeconds: number };

/** What thinking about a turn costs: as measured, or by the recipe's rates so that a fast server is no advantage. */
export function thinkingSeconds(clock: Clock, turn: { measured: number; outputTokens: number }): number {
  switch (clock.type) {
    case 'wall':
      return turn.measured;
    case 'metered':
      return clock.turnSeconds + clock.secondsPerOutputToken * turn.outputTokens;
    case 'virtual':
      return clock.turnSeconds;
  }
}

/** The flat charge of starting a call; with the virtual clock nothing else but sleeping costs. */
export const callSeconds = (clock: Clock): number => (clock.type === 'virtual' ? clock.callSeconds : 0);

/** What a call cost beside its flat charge. */
export const executionSeconds = (clock: Clock, call: { measured: number; slept: number }): number =>
  clock.type === 'virtual' ? call.slept : call.measured;
