import type { ContentBlock, Turn } from '../trajectory.ts';

/** One accepted trajectory, with what a reader elsewhere needs to make sense of it. */
export interface ExportedTrajectory {
  id: string;
  task: string;
  policy: string;
  score: number;
  /** What the policy was told before the task; undefined where it was told nothing. */
  system: string | undefined;
  /** Nobody has kept what it was told: these are the words of the day of the export. */
  isAssumed?: boolean;
  /** What it could call, as JSON Schemas; empty where the text of its answer is the command. */
  tools: readonly { name: string; description: string; inputSchema: Record<string, unknown> }[];
  instructions: string;
  turns: readonly Turn[];
}

export interface ExportSettings {
  /** Whether what the teacher thought is exported. */
  thinking: 'keep' | 'drop';
}

/** Whether the text of an answer is the command, as on micropapers, rather than a tool's call. */
export const isPlain = ({ acted }: Turn): boolean =>
  !acted.blocks?.some(({ type }) => type === 'tool_use') &&
  acted.calls.every(({ name, input }) => name === 'submit' || (name === 'sh' && input['command'] === acted.text));

/** What was thought in a turn; empty where nothing was, or it may not be shown. */
export const thoughtIn = ({ acted }: Turn): string =>
  blocksOf(acted.blocks, 'thinking')
    .map(({ thinking }) => String(thinking))
    .join('\n\n');

/** What was said in a turn beside thoughts and calls. */
export const saidIn = ({ acted }: Turn): string =>
  acted.blocks
    ? blocksOf(acted.blocks, 'text')
        .map(({ text }) => String(text))
        .join('')
    : acted.text;

const blocksOf = (blocks: readonly ContentBlock[] | undefined, type: string): ContentBlock[] =>
  (blocks ?? []).filter((block) => block.type === type);
