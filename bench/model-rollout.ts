import { createScaffold } from '../activities/agent/scaffold.ts';
import { play, type Played } from '../activities/agent/play.ts';
import { ALL_TOOLS } from '../activities/agent/tools/tools.ts';
import { createModels } from '../activities/models/create-models.ts';
import type { Limiter } from '../activities/models/limiter/limiter.ts';
import { createModelPolicy } from '../activities/policies/model/model-policy.ts';
import type { Prompts } from '../activities/prompts.ts';
import type { ExecRequest, ExecResult, Sandbox } from '../activities/sandboxes/sandbox.ts';
import { agentSettings, rulesOf } from '../core/agent/settings.ts';
import { modelSettings } from '../core/models.ts';

export interface ModelRollout {
  baseUrl: string;
  limiter: Limiter;
  prompts: Prompts;
  /** Of the model, beside its address. */
  settings: object;
  /** Characters of what each command prints. */
  outputCharacters: number;
}

/** A rollout of a language model in a sandbox that answers at once: what is measured is the policy, its model and its limiter. */
export function playModelRollout(name: string, options: ModelRollout): Promise<Played> {
  const { baseUrl, limiter, prompts, settings, outputCharacters } = options;
  const given = { type: 'anthropic', model: 'claude-bench', baseUrl, maxTokens: 4096, ...settings };
  const models = { claude: modelSettings.parse(given) };
  const model = createModels({ limiter, secret: () => 'sk-test' })({ models }, 'claude');
  const rules = rulesOf(agentSettings.parse({ submit: 'free' }), { type: 'folder' });
  return play(
    {
      rollout: name,
      instructions: 'Reproduce the paper.',
      policy: createModelPolicy({
        model,
        prompts,
        prompt: 'paper-tools',
        tools: ALL_TOOLS,
        oneCall: false,
        temperature: undefined,
        budgetSeconds: 43_200,
        windows: { maxTokens: 200_000, overlap: 40_000, observationTokens: 20_000 },
        keepTold: async () => undefined,
      }),
      scaffold: createScaffold({ rules, paper: 'paper/paper.md' }),
      idleTurns: rules.idleTurns,
      sandbox: instantSandbox(name, outputCharacters),
      log: { append: async () => undefined, close: async () => undefined },
      epoch: 1,
      clock: { type: 'wall' },
      budgetSeconds: () => 43_200,
      maxTurns: 10_000,
      callTimeoutSeconds: 60,
      mayGoOn: async () => true,
      signal: new AbortController().signal,
    },
    [],
  );
}

function instantSandbox(id: string, characters: number): Sandbox {
  const exec = async ({ command }: ExecRequest): Promise<ExecResult> => ({
    exitCode: 0,
    output: `${command} `.repeat(Math.ceil(characters / (command.length + 1))).slice(0, characters),
    ended: 'exit',
    seconds: 0,
    slept: 0,
    replayed: false,
  });
  const nothing = async (): Promise<void> => undefined;
  return { id, seenEpoch: -1, exec, snapshot: nothing, restore: nothing, detach: nothing, close: nothing };
}
