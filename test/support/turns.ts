import { observation, type Acted, type Observation, type ToolCall, type Turn } from '../../core/trajectory.ts';

/** A finished turn: its calls, each with what came back; a call without an output has no observation. */
export function turnOf(
  turn: number,
  calls: { name: string; input?: object; output?: string; exitCode?: number }[],
  more: Partial<Acted> = {},
): Turn {
  const made = calls.map(({ name, input = {} }, index): ToolCall => ({
    id: `t${turn}.${index}`,
    name,
    input: { ...input },
  }));
  const observations = calls.flatMap(({ output, exitCode = 0 }, index): Observation[] =>
    output === undefined
      ? []
      : [observation.parse({ callId: `t${turn}.${index}`, output, exitCode, ended: 'exit', seconds: 1 })],
  );
  const usage = { inputTokens: 100, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  return {
    acted: { type: 'acted', epoch: 1, turn, text: '', calls: made, usage, policyVersion: 'v', active: 0, ...more },
    observed: { type: 'observed', epoch: 1, turn, observations, active: 0 },
  };
}
