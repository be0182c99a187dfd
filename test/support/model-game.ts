import { play, type Game, type Played } from '../../activities/agent/play.ts';
import { ALL_TOOLS } from '../../activities/agent/tools/tools.ts';
import { createModelPolicy, type ModelPolicyOptions } from '../../activities/policies/model/model-policy.ts';
import { readPrompts } from '../../activities/prompts.ts';
import type { SandboxSpec } from '../../activities/sandboxes/sandbox.ts';
import type { TurnRecord } from '../../core/trajectory.ts';
import type { Body, Reply } from '../servers/messages/types.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { modelOf, never } from './messages-server.ts';
import { paperScaffold } from './scaffold.ts';

export interface ModelGame {
  /** Plays on from the turn log with a policy of its own, as an attempt after a kill does. */
  play(changes?: Partial<Game>): Promise<Played>;
  records: TurnRecord[];
  policy: () => ReturnType<typeof createModelPolicy>;
}

/** A game of a language model in a sandbox of memory, with its turn log. */
export async function modelGame(
  server: { baseUrl: string },
  options: { settings?: object; policy?: Partial<ModelPolicyOptions>; output?: (command: string) => string } = {},
): Promise<ModelGame> {
  const records: TurnRecord[] = [];
  const prompts = readPrompts('prompts/agent');
  const { output = () => 'done' } = options;
  const { sandbox } = await fakeSandboxes(({ command }) => ({ output: output(command) })).open({
    id: 'x',
  } as SandboxSpec);
  const policy = () =>
    createModelPolicy({
      model: modelOf(server, { maxTokens: 2048, ...options.settings }),
      prompts,
      prompt: 'paper-tools',
      tools: ALL_TOOLS,
      oneCall: false,
      temperature: undefined,
      budgetSeconds: 3600,
      windows: { maxTokens: 200_000, overlap: 40_000, observationTokens: 20_000 },
      keepTold: async () => undefined,
      ...options.policy,
    });
  return {
    records,
    policy,
    play: (changes = {}) =>
      play(
        {
          rollout: 'run.distill.0.task.0',
          instructions: 'reproduce it',
          policy: policy(),
          sandbox,
          log: { append: async (record) => void records.push(record), close: async () => undefined },
          epoch: 1,
          clock: { type: 'wall' },
          budgetSeconds: () => 3600,
          maxTurns: 1000,
          callTimeoutSeconds: 60,
          ...paperScaffold({ submit: 'free', remindEvery: 0 }),
          mayGoOn: async () => true,
          signal: never,
          ...changes,
        },
        [...records],
      ),
  };
}

/** Turns that a conversation holds. */
export const turnsMade = ({ messages }: Body): number => messages.filter(({ role }) => role === 'assistant').length;
export const thought = { type: 'thinking', thinking: 'so I think' };
export const bash = (command: string) => ({ type: 'tool_use', name: 'bash', input: { command } });
export const submit = { type: 'tool_use', name: 'submit', input: {} };

/** Two calls in each turn, with thoughts and words, submitted at the end. */
export const talkative =
  (turns: number) =>
  (body: Body): Reply => {
    const turn = turnsMade(body);
    if (turn >= turns) return { content: [{ ...thought, thinking: `enough after ${turn}` }, submit] };
    return {
      content: [
        { ...thought, thinking: `in turn ${turn} I think` },
        { type: 'text', text: `Turn ${turn}.` },
        bash(`echo ${turn}`),
        bash('ls'),
      ],
    };
  };
