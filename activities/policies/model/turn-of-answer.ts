import type { ContentBlock, ToolCall } from '../../../core/trajectory.ts';
import { callsInText, type CallInText } from '../../agent/tools/calls-in-text.ts';
import { CUT, cutCall, parseCall, type WrittenCall } from '../../agent/tools/parse-call.ts';
import type { ToolName } from '../../agent/tools/tools.ts';
import { textOf, type ModelAnswer } from '../../models/model.ts';

export type ToolFormat = 'tools' | 'plain';

/** What an answer says and does. The blocks can be sent back as they are. */
export interface Said {
  text: string;
  calls: ToolCall[];
  blocks: ContentBlock[];
}

/** Reads an answer by the tools that it could use, or as one command where there are none. */
export function turnOfAnswer(
  answer: ModelAnswer,
  { turn, tools }: { turn: number; tools: readonly ToolName[] | undefined },
): Said {
  const blocks = sendable(answer.content);
  const wasCut = answer.stopReason === 'max_tokens';
  if (!tools) return { ...plainTurn(textOf(answer.content), { turn, wasCut }), blocks };
  const uses = blocks.filter(({ type }) => type === 'tool_use');
  const written = uses.map((use) => writtenIn(use, answer));
  const all = written.length > 0 ? written : callsInText(textOf(answer.content));
  const isHalf = (one: WrittenCall & Partial<CallInText>): boolean => one.isOpen ?? one.malformed !== undefined;
  const calls = all.map((one, index): ToolCall => {
    const isCut = wasCut && index === all.length - 1 && isHalf(one);
    return { id: `t${turn}.${index}`, ...(isCut ? cutCall(one.name) : parseCall(one, tools)) };
  });
  return { text: textOf(answer.content), calls, blocks };
}

const writtenIn = ({ id, name, input }: ContentBlock, { malformedInputs }: ModelAnswer): WrittenCall => ({
  name: String(name),
  input,
  malformed: malformedInputs[String(id)],
});

/** The text of a plain answer is the command; what people write around commands is taken off. */
function plainTurn(text: string, { turn, wasCut }: { turn: number; wasCut: boolean }): Pick<Said, 'text' | 'calls'> {
  const command = bare(text);
  if (command === '') return { text: command, calls: [] };
  const id = `t${turn}.0`;
  if (wasCut) return { text: command, calls: [{ id, name: 'sh', input: { command }, problem: CUT }] };
  const call = command === 'submit' ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command } };
  return { text: command, calls: [call] };
}

function bare(text: string): string {
  const fenced = /^\s*```[a-z]*\n([^]*?)\n?```\s*$/.exec(text)?.[1];
  const ticked = /^\s*`([^`\n]+)`\s*$/.exec(text)?.[1];
  return (fenced ?? ticked ?? text).trim().replace(/^\$ /, '');
}

/** Without what the API would not take back: empty texts, and thoughts that were cut before they were signed. */
function sendable(content: readonly ContentBlock[]): ContentBlock[] {
  const kept = content.filter((block) => {
    if (block.type === 'text') return String(block.text).trim() !== '';
    return block.type !== 'thinking' || block.signature !== '';
  });
  const says = kept.some(({ type }) => type === 'text' || type === 'tool_use');
  return says ? kept : [...kept, { type: 'text', text: '(nothing)' }];
}
