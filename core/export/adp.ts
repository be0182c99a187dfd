import type { ToolCall, Turn } from '../trajectory.ts';
import { idIn } from './chat.ts';
import { isPlain, saidIn, thoughtIn, type ExportedTrajectory, type ExportSettings } from './trajectory.ts';

/** The version of the Agent Data Protocol's schema that is written. */
export const ADP_VERSION = '1.5.0';

/** An item of a trajectory in the Agent Data Protocol: an action or an observation, by its class. */
export type AdpItem = { class_: string } & Record<string, unknown>;

/** A trajectory in the Agent Data Protocol (github.com/neulab/agent-data-protocol). */
export interface AdpTrajectory {
  schema_version: string;
  id: string;
  content: AdpItem[];
  available_code_languages?: string[];
  details: Record<string, unknown>;
}

/** Commands are code actions in bash, other calls API actions; every one has its result beside it, by id. */
export function adpTrajectory(trajectory: ExportedTrajectory, settings: ExportSettings): AdpTrajectory {
  const { id, task, policy, score, system, instructions, turns } = trajectory;
  const content: AdpItem[] = [
    ...(system === undefined ? [] : [text(system, 'system')]),
    text(instructions, 'user'),
    ...turns.flatMap((turn) => itemsOf(turn, settings)),
  ];
  const runsCode = content.some(({ class_: type }) => type === 'code_action');
  return {
    schema_version: ADP_VERSION,
    id,
    content,
    ...(runsCode ? { available_code_languages: ['bash'] } : {}),
    details: { task, policy, score },
  };
}

const text = (content: string, source: 'system' | 'user' | 'environment'): AdpItem => ({
  class_: 'text_observation',
  content,
  source,
});

function itemsOf(turn: Turn, { thinking }: ExportSettings): AdpItem[] {
  const { acted, observed } = turn;
  const thought = thinking === 'keep' ? thoughtIn(turn) : '';
  const said = isPlain(turn) ? '' : saidIn(turn);
  const reasoning = thought === '' ? {} : { reasoning_content: thought };
  if (acted.calls.length === 0) return [{ class_: 'message_action', content: acted.text, ...reasoning }];
  const items: AdpItem[] = [];
  for (const [index, call] of acted.calls.entries()) {
    const first = index === 0 ? { ...reasoning, description: said === '' ? null : said } : { description: null };
    const result = observed.observations.find(({ callId }) => callId === call.id);
    const link = { tool_call_id: idIn(acted.turn, call.id) };
    items.push({ ...action(call), ...first, ...link });
    items.push({ ...text(result?.output ?? '', 'environment'), ...link });
  }
  return items;
}

function action({ name, input }: ToolCall): AdpItem {
  const { command } = input;
  const isCommand =
    (name === 'bash' || name === 'sh') && typeof command === 'string' && Object.keys(input).length === 1;
  return isCommand
    ? { class_: 'code_action', language: 'bash', content: command }
    : { class_: 'api_action', function: name, kwargs: input };
}
