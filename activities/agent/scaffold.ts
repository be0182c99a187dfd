import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRules } from '../../core/agent/settings.ts';
import { pageReadBy } from '../../core/agent/read-command.ts';
import { refusalToSubmit, type Moment } from '../../core/agent/submission-rule.ts';
import { timeReminder } from '../../core/agent/time-reminder.ts';
import type { Acted, ToolCall } from '../../core/trajectory.ts';
import { packageRoot } from '../sandboxes/package-root.ts';

/** What the sandbox runs for a call, or what its agent is told instead. */
export type Deed = { command: string; timeoutSeconds?: number } | { say: string };

/** What stands between a policy and its sandbox: tools, the rule of submitting, words on the time. It keeps nothing: the turns say all. */
export interface Scaffold {
  deedOf(call: ToolCall): Deed;
  /** Why a rollout may not be submitted now; undefined where it may. */
  refuseSubmit(at: Moment): string | undefined;
  /** What the agent is told after a turn besides what came back; undefined where nothing. */
  remark(acted: Acted, at: { active: number; budget: number }): string | undefined;
}

export interface ScaffoldOptions {
  rules: AgentRules;
  /** The paper that must be read where submitting is guarded, as the agent names it. */
  paper: string;
}

export function createScaffold({ rules, paper }: ScaffoldOptions): Scaffold {
  return {
    deedOf: (call) => deedOf(call, rules),
    refuseSubmit: (at) => refusalToSubmit(rules, paper, at),
    remark(acted, at) {
      const words = [idleness(acted), timeReminder(rules, { turn: acted.turn, ...at })];
      return words.filter((word) => word !== undefined).join('\n') || undefined;
    },
  };
}

function idleness({ calls, stop }: Acted): string | undefined {
  if (calls.length > 0) return undefined;
  return stop === 'max_tokens' ? CUT : NO_CALL;
}

const CUT = '[the answer was cut off at its longest before it called a tool: think less at a time, and act]';
const NO_CALL = '[nothing was called, so nothing was done: go on by calling a tool, or end by calling submit]';

function deedOf(call: ToolCall, rules: AgentRules): Deed {
  const { name, input, problem } = call;
  if (problem !== undefined) return { say: problem };
  const read = pageReadBy(call);
  if (read) return fileTool('read_file', { ...read, characters: rules.pageCharacters });
  if (FILE_TOOLS.includes(name)) return fileTool(name, input);
  // A call without a command runs nothing.
  const command = typeof input.command === 'string' ? input.command : '';
  return { command, ...(typeof input.timeout === 'number' ? { timeoutSeconds: input.timeout } : {}) };
}

const FILE_TOOLS = ['search_file', 'write_file', 'edit_file'];

/** What one argument of a program may hold: Linux allows 128 KiB. */
const MOST_ARGUMENT = 120_000;

function fileTool(name: string, input: Record<string, unknown>): Deed {
  const packed = Buffer.from(JSON.stringify(input)).toString('base64');
  const command = `python3 -I -S -B -c ${quoted(program())} ${name} ${packed}`;
  if (command.length <= MOST_ARGUMENT) return { command };
  return {
    say: `This is too much at a time, so nothing was done: give ${name} at most 60000 characters, and add the rest later.`,
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

let text: string | undefined;
const program = (): string => (text ??= readFileSync(join(packageRoot(), 'activities/agent/tools/files.py'), 'utf8'));
