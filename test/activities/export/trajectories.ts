import type { ExportedTrajectory } from '../../../core/export/trajectory.ts';
import type { Acted, Observation, Turn } from '../../../core/trajectory.ts';

const USAGE = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };

type Call = [name: string, input: Record<string, unknown>, output: string];

function turnOf(turn: number, said: Pick<Acted, 'text' | 'blocks'>, calls: Call[]): Turn {
  const id = (index: number): string => `toolu_${turn}_${index}`;
  const observations = calls.flatMap(([name, , output], index): Observation[] => {
    const result = { callId: id(index), output, exitCode: 0, ended: 'exit' as const, seconds: 1 };
    return name === 'submit' ? [] : [result];
  });
  return {
    acted: {
      type: 'acted',
      epoch: 1,
      turn,
      ...said,
      calls: calls.map(([name, input], index) => ({ id: id(index), name, input })),
      usage: USAGE,
      policyVersion: 'x',
      active: turn,
    },
    observed: { type: 'observed', epoch: 1, turn, observations, active: turn },
  };
}

/** What a model with tools and thoughts did at a paper. */
export const PAPER: ExportedTrajectory = {
  id: 'run.distill.0.paper.0',
  task: 'paper',
  policy: 'claude',
  score: 0.75,
  system: 'You reproduce papers.',
  tools: [
    {
      name: 'bash',
      description: 'Runs a command.',
      inputSchema: { type: 'object', properties: { command: { type: 'string' } } },
    },
  ],
  instructions: 'Reproduce the paper.',
  turns: [
    turnOf(
      0,
      {
        text: 'I read it.',
        blocks: [
          { type: 'thinking', thinking: 'first the paper', signature: 's' },
          { type: 'redacted_thinking', data: 'hidden' },
          { type: 'text', text: 'I read it.' },
          { type: 'tool_use', id: 'toolu_0_0', name: 'read_file', input: { path: 'paper/paper.md', page: 1 } },
          { type: 'tool_use', id: 'toolu_0_1', name: 'bash', input: { command: 'ls' } },
        ],
      },
      [
        ['read_file', { path: 'paper/paper.md', page: 1 }, '# A paper'],
        ['bash', { command: 'ls' }, 'paper\n'],
      ],
    ),
    turnOf(1, { text: 'Done for now.', blocks: [{ type: 'text', text: 'Done for now.' }] }, []),
    turnOf(2, { text: '', blocks: [{ type: 'tool_use', id: 'toolu_2_0', name: 'submit', input: {} }] }, [
      ['submit', {}, ''],
    ]),
  ],
};

/** What a program did at a micropaper: the text of its answer is the command. */
export const PLAIN: ExportedTrajectory = {
  id: 'run.distill.0.micro.0',
  task: 'micro',
  policy: 'teacher',
  score: 1,
  system: undefined,
  tools: [],
  instructions: 'reproduce each experiment .',
  turns: [
    turnOf(0, { text: 'cat paper.md' }, [['sh', { command: 'cat paper.md' }, 'e01 lr=08 .\n']]),
    turnOf(1, { text: 'submit' }, [['submit', {}, '']]),
  ],
};

export async function* both(): AsyncGenerator<ExportedTrajectory> {
  yield PAPER;
  yield PLAIN;
}
