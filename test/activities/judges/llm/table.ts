import { createLlmJudge } from '../../../../activities/judges/llm/judge.ts';
import type { Judged } from '../../../../activities/judges/judged.ts';
import { readPrompts } from '../../../../activities/prompts.ts';
import { createFolderStore } from '../../../../activities/store.ts';
import type { Artifact } from '../../../../core/record.ts';
import { judgeSettings, type LlmJudgeSettings } from '../../../../core/judge-settings.ts';
import type { Reproduction } from '../../../../core/judging/reproduction.ts';
import { messagesServer, modelOf } from '../../../support/messages-server.ts';
import { SMALL_RUBRIC, writeTaskFolder } from '../../../support/task-folders.ts';
import { putSubmission } from '../../../support/workspaces.ts';
import { blocksOf, type Body, type Reply, type ServerOptions } from '../../../servers/messages/types.ts';
import { LIMITS } from '../../sandboxes/support.ts';

export const FILES = {
  'README.md': 'what was done\n',
  'model.py': 'class Model: pass\n',
  'reproduce.sh': 'python model.py > results.csv\n',
  'old.csv': 'acc,0.1\n',
};
/** What running `reproduce.sh` left. */
export const LEFT = { ...FILES, 'results.csv': 'acc,0.91\n', 'reproduce.log': 'trained for 3 epochs\n' };

/** The text that a question about a leaf consists of. */
export const textOf = ({ messages }: Body): string =>
  messages
    .flatMap(({ content }) => blocksOf(content))
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('\n');

export const toolOf = ({ tools }: Body): string => tools?.[0]?.name ?? '';

/** The requirement that a question is about. */
export const requirementIn = (body: Body): string =>
  /<requirement category="[^"]*">\n(.*)\n<\/requirement>/.exec(textOf(body))?.[1] ?? '';

export const grade = (score: unknown): Reply => ({
  content: [
    { type: 'tool_use', name: 'grade', input: { expectations: 'the method', reality: 'model.py:1 has it', score } },
  ],
});

/** A rubric of so many leaves in groups of three, with weights. */
export const rubricOf = (count: number): object => ({
  ...SMALL_RUBRIC,
  sub_tasks: Array.from({ length: Math.ceil(count / 3) }, (_, group) => ({
    id: `group-${group}`,
    requirements: `group ${group}`,
    weight: 1 + group,
    sub_tasks: Array.from({ length: Math.min(3, count - 3 * group) }, (__, at) => ({
      id: `leaf-${3 * group + at}`,
      requirements: `leaf ${3 * group + at}`,
      weight: 1 + at,
      sub_tasks: [],
      task_category: 'Code Development',
      finegrained_task_category: 'Method Implementation',
    })),
  })),
});

interface TableOptions {
  /** The score of a leaf, or a whole reply. */
  answer?: (requirement: string, body: Body) => unknown;
  rubric?: object;
  settings?: object;
  model?: object;
  server?: Partial<ServerOptions>;
  touched?: string[];
  submission?: Record<string, string>;
  folder: () => string;
}

const isReply = (value: unknown): value is Reply => typeof value === 'object' && value !== null && 'content' in value;

function serverOf({ answer = () => 1, server }: TableOptions) {
  return messagesServer({
    brain: (body) => {
      if (toolOf(body) === 'relevant_files') {
        return {
          content: [
            { type: 'tool_use', name: 'relevant_files', input: { files: ['model.py', './README.md', 'no.py'] } },
          ],
        };
      }
      const said = answer(requirementIn(body), body);
      return isReply(said) ? said : grade(said);
    },
    ...server,
  });
}

const reproductionOf = (
  submission: Artifact,
  left: Artifact,
  touched = ['results.csv', 'reproduce.log'],
): Reproduction => ({
  submission: submission.sha256,
  timeout: '24h',
  way: 'plain',
  soon: [],
  hasScript: true,
  exitCode: 0,
  ended: 'exit',
  seconds: 1,
  left,
  touched: touched.map((path) => ({
    path,
    bytes: 1,
    sha256: 'x',
    change: 'created',
  })),
  removed: [],
});

/** A task, a submission and a judge behind a local Messages server, with everything that a test does not care about. */
export async function table(options: TableOptions) {
  const { folder } = options;
  const server = await serverOf(options);
  const store = createFolderStore(folder());
  const changes = options.rubric ? { 'rubric.json': JSON.stringify(options.rubric) } : {};
  const task = writeTaskFolder(folder(), 'one', changes);
  const artifact = await putSubmission(store, options.submission ?? FILES, { folder: folder() });
  const left = await putSubmission(store, { ...LEFT, ...options.submission }, { key: 'left.tar', folder: folder() });
  const reproduction = reproductionOf(artifact, left, options.touched);
  const prompts = readPrompts('prompts/judge');
  const progress: unknown[] = [];

  /** Judges once; the settings and the rollout may change from one time to the next. */
  async function judge(
    more: { settings?: object; rollout?: string; reproduced?: boolean; model?: object; signal?: AbortSignal } = {},
  ): Promise<Judged> {
    const settings = judgeSettings.parse({
      type: 'llm',
      model: 'claude',
      ...options.settings,
      ...more.settings,
    }) as LlmJudgeSettings;
    const model = modelOf(server, { ...options.model, ...more.model });
    const rollout = more.rollout ?? 'run.distill.0.one.0';
    return createLlmJudge({ store, model, prompts, settings, pollSeconds: 0.01 })({
      rollout,
      task,
      submission: { artifact, file: store.path(store.keyOf(artifact)) },
      sandbox: { id: `${rollout}.judge`, labels: { run: 'run', rollout }, epoch: 1 },
      limits: LIMITS,
      ...(more.reproduced === false ? {} : { reproduction: { artifact: left, value: reproduction } }),
      onProgress: (details) => progress.push(details),
      signal: more.signal ?? new AbortController().signal,
    });
  }

  /** The questions that were asked and answered, in order. */
  const asked = (tool?: string): Body[] =>
    server.served.map(({ body }) => body).filter((body) => tool === undefined || toolOf(body) === tool);
  return { judge, asked, server, store, progress, artifact };
}
