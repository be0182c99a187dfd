import type { ToolCall, Turn } from '../trajectory.ts';
import { isPlain, saidIn, thoughtIn, type ExportedTrajectory, type ExportSettings } from './trajectory.ts';

/** A message as chat APIs have it; TRL, prime-rl and chat templates read it. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  reasoning_content?: string;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
  name?: string;
}

/** A trajectory as one conversation: the task, then every turn and what came back. */
export function chatMessages(trajectory: ExportedTrajectory, settings: ExportSettings): ChatMessage[] {
  const { system, instructions, turns } = trajectory;
  return [...chatPrompt({ system, instructions }), ...turns.flatMap((turn) => messagesOf(turn, settings))];
}

/** What stands before the first turn. */
export const chatPrompt = ({
  system,
  instructions,
}: Pick<ExportedTrajectory, 'system' | 'instructions'>): ChatMessage[] => [
  ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
  { role: 'user', content: instructions },
];

/** Tools as chat APIs name them, as one text: their schemas have no common shape that a table could have columns for. */
export const chatTools = ({ tools }: Pick<ExportedTrajectory, 'tools'>): string =>
  JSON.stringify(
    tools.map(({ name, description, inputSchema }) => ({
      type: 'function',
      function: { name, description, parameters: inputSchema },
    })),
  );

function messagesOf(turn: Turn, { thinking }: ExportSettings): ChatMessage[] {
  const { acted, observed } = turn;
  const thought = thinking === 'keep' ? thoughtIn(turn) : '';
  const said = { role: 'assistant' as const, ...(thought === '' ? {} : { reasoning_content: thought }) };
  if (isPlain(turn)) {
    const cameBack = observed.observations.map(({ output }) => ({ role: 'user' as const, content: output }));
    return [{ ...said, content: acted.text }, ...cameBack];
  }
  const calls = acted.calls.map((call) => chatCall(acted.turn, call));
  return [
    { ...said, content: saidIn(turn), ...(calls.length > 0 ? { tool_calls: calls } : {}) },
    ...observed.observations.map(({ callId, output }): ChatMessage => {
      const call = acted.calls.find(({ id }) => id === callId);
      return { role: 'tool', content: output, tool_call_id: idIn(acted.turn, callId), name: call?.name ?? '' };
    }),
  ];
}

const chatCall = (turn: number, { id, name, input }: ToolCall) => ({
  id: idIn(turn, id),
  type: 'function' as const,
  function: { name, arguments: JSON.stringify(input) },
});

/** Unique within a trajectory, whatever the provider's ids are. */
export const idIn = (turn: number, id: string): string => (id.startsWith(`t${turn}.`) ? id : `t${turn}.${id}`);
