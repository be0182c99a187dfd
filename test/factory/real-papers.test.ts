import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDryJudge } from '../../activities/factory/dry-judge.ts';
import { factoryModel } from '../../activities/factory/model.ts';
import { createFactoryRecipeReader } from '../../activities/factory/recipes.ts';
import { createFactory } from '../../activities/factory.ts';
import { createJudges, type FindJudge } from '../../activities/judges/create-judges.ts';
import { createLlmJudge } from '../../activities/judges/llm/judge.ts';
import { atAddress } from '../../activities/models/address.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import { createModels } from '../../activities/models/create-models.ts';
import { findConfinement, type Confinement } from '../../activities/papers/convert/confined.ts';
import { createPaperTools } from '../../activities/papers/paper-tools.ts';
import { readPrompts, type Prompts } from '../../activities/prompts.ts';
import { createBubblewrap } from '../../activities/sandboxes/bubblewrap.ts';
import type { Store } from '../../activities/store.ts';
import { readFolder } from '../../activities/tasks/read-folder.ts';
import { dryJudgeSettings } from '../../core/factory/factory-settings.ts';
import { factoryReport } from '../../core/factory/factory-report.ts';
import { provenance } from '../../core/factory/provenance.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { verdict } from '../../core/record.ts';
import { report } from '../../core/report.ts';
import { leaves } from '../../core/rubric/node.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import { problemsOf } from '../../core/task-folder.ts';
import { buildByScript } from '../support/scripted-builder.ts';
import { messagesServer, PRICE } from '../support/messages-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';
import type { MessagesServer } from '../servers/messages/server.ts';
import type { Block, Body } from '../servers/messages/types.ts';

/** The real papers beside the checkout, each with a small code folder that was written for this test. */
const SHARED = resolve(__dirname, '../../../shared/data/papers');
const PAPERS = ['autorank-2020', 'eml-architecture-2026', 'faster-teaching-2020', 'othello-selfplay-2017'];
const CODE = `import random

class Learner:
    def __init__(self, learning_rate=0.001, episodes=100):
        self.learning_rate = learning_rate
        self.episodes = episodes
        self.history = []

    def step(self, state):
        move = random.choice(state.moves())
        self.history.append((state, move))
        return move

def evaluate(learner, games=50):
    wins = 0
    for game in range(games):
        wins += learner.play(game)
    return wins / games

def train(learner):
    for episode in range(learner.episodes):
        learner.step(episode)
    return evaluate(learner)
`;

const folder = temporaryFolder();
const sandboxes = createBubblewrap({ home: folder });
let world: World;
let server: MessagesServer;
let confinement: Confinement;
let judgePrompts: Prompts;
beforeAll(async () => {
  for (const paper of PAPERS) bring(paper);
  server = await messagesServer({ brain });
  confinement = await findConfinement();
  judgePrompts = readPrompts(resolve('prompts/judge'));
  world = await openWorld({ sandboxes, factory, judge, secret: () => 'sk-test' });
}, 60_000);
afterAll(() => world.close());

/** A paper's folder with the address of its code, which is a repository on this disk. */
function bring(paper: string): void {
  const place = join(folder, 'papers', paper);
  mkdirSync(dirname(place), { recursive: true });
  cpSync(join(SHARED, paper), place, { recursive: true });
  const repository = join(folder, 'code', paper);
  mkdirSync(repository, { recursive: true });
  writeFileSync(join(repository, 'learner.py'), CODE);
  writeFileSync(join(repository, 'README.md'), `# Code of ${paper}\n\nRun train.py to reproduce the paper.\n`);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'code');
  writeFileSync(join(place, 'metadata.json'), JSON.stringify({ code: [`file://${repository}`] }));
}

const models = createModels({ limiter: createLimiter(), secret: () => 'sk-test' });
const judge = (store: Store): FindJudge => createJudges({ store, sandboxes, models, prompts: judgePrompts });

function factory(store: Store) {
  // As the workers do with ANTHROPIC_BASE_URL: the recipe names no address.
  const find = atAddress(models, server.baseUrl);
  const scratch = join(folder, 'scratch');
  return createFactory({
    store,
    codeVersion: 'test',
    prompts: readPrompts(resolve('prompts/factory')),
    papers: createPaperTools({ store, confinement, root: folder, scratch }),
    recipe: createFactoryRecipeReader(store),
    model: (part, name) => factoryModel(find(part, name)),
    dryJudge({ factory: settings, ...part }) {
      const judge = dryJudgeSettings(settings);
      const parts = { store, model: find(part, judge.model), prompts: judgePrompts, settings: judge };
      return createDryJudge({ store, scratch, grade: createLlmJudge(parts) });
    },
  });
}

/**
 * The model behind the server: it builds by the script, writes that code as an agent, and finds a requirement met where the code
 * stands as it was written.
 */
function brain({ messages, tools = [] }: Body) {
  const [tool] = tools;
  if (tools.some(({ name }) => name === 'bash')) return act(messages.filter(({ role }) => role === 'assistant').length);
  const texts = messages.flatMap(({ content }) => (typeof content === 'string' ? [content] : content.map(textOf)));
  const all = texts.join('\n');
  const name = tool?.name ?? '';
  const graded = all.includes(CODE.slice(0, 200)) ? 1 : 0;
  const grade = { expectations: 'the code', reality: graded === 1 ? 'it is there' : 'it is not there', score: graded };
  const told = {
    paper: /<paper>\n([\s\S]*?)\n<\/paper>/.exec(all)?.[1] ?? '',
    code: (texts[0] ?? '').split('# The official code')[1] ?? '',
    question: texts.at(-1) ?? '',
  };
  const input = name === 'grade' ? grade : buildByScript(name, told);
  return { content: [{ type: 'tool_use', name, input }] };
}

const act = (turn: number) => ({
  content: [
    turn === 0
      ? { type: 'tool_use', name: 'bash', input: { command: `cat > learner.py <<'END'\n${CODE}END` } }
      : { type: 'tool_use', name: 'submit', input: {} },
  ],
});

const textOf = ({ text }: Block): string => (typeof text === 'string' ? text : '');

const play = async (type: string, workflowId: string, recipe: object): Promise<unknown> => {
  const started = { workflowId, taskQueue: world.queue, args: [recipe] };
  return (await world.client.workflow.start(type, started)).result();
};

test('factory.json makes tasks of the real papers that PaperBench’s readers take, and a second run of the list pays nothing', async () => {
  expect(existsSync(SHARED)).toBe(true);
  const recipe = JSON.parse(readFileSync('config/recipes/factory.json', 'utf8')) as object;
  await world.whileWorking(async () => {
    expect(await play('researchFactory', world.run, recipe)).toMatchObject({
      papers: { found: 4, made: 4, dropped: 0, failed: 0 },
    });
    for (const paper of PAPERS) await expectTask(world.run, paper);
    const { cost } = factoryReport.parse(await world.store.readJson(taskKeys.report(world.run)));
    expect(cost.paid).toBeGreaterThan(0);
    const paid = server.served.length;
    expect(await play('researchFactory', `${world.run}-2`, recipe)).toMatchObject({ papers: { made: 4 } });
    expect(server.served).toHaveLength(paid);
    expect(server.served.filter(({ status }) => status !== 200)).toEqual([]);
  });
}, 240_000);

/** Learns from an agent that is a language model, on what was made of the papers, and is judged by another. */
const training = (): object => {
  const model = { type: 'anthropic', model: 'any', baseUrl: server.baseUrl, price: PRICE };
  const stage = { rolloutsPerTask: 1, timeout: '5m' };
  return {
    name: 'training',
    tasks: { type: 'folder', paths: [`store:${taskKeys.made(world.run)}`], heldout: 1, train: 'rest' },
    models: { agent: model, grader: model },
    policies: { writer: { type: 'model', model: 'agent' }, idle: { type: 'idle' } },
    judge: { type: 'llm', model: 'grader', variant: 'code-development' },
    rollout: { agent: { submit: 'free' } },
    stages: [
      { type: 'distill', policy: 'writer', ...stage, accept: { minScore: 0.9 } },
      { type: 'evaluate', policies: ['writer', 'idle'], ...stage },
    ],
  };
};

test('train takes the tasks that were made: rollouts on them get verdicts by their rubrics', async () => {
  const run = `${world.run}-train`;
  await world.whileWorking(async () => {
    expect(await play('train', run, training())).toMatchObject({ state: 'completed', planned: 5, scored: 5 });
  });
  const { stages, evaluations } = report.parse(await world.store.readJson(keys.report(run)));
  expect(stages[0]).toMatchObject({ name: 'distill', accepted: 3, meanScore: 1 });
  expect(evaluations.map(({ policy, mean }) => [policy, mean])).toEqual([
    ['writer', 1],
    ['idle', 0],
  ]);
  const [rollout = ''] = (await world.store.list(`${keys.run(run)}/rollouts`)).filter((id) => id.includes('distill'));
  const { leaves: graded } = verdict.parse(await world.store.readJson(keys.verdict(rollout)));
  const folder = taskFolder(world.run, parseRolloutId(rollout).task);
  const rubric = parseRubric(readFileSync(join(folder, 'rubric.json'), 'utf8'));
  const wanted = leaves(rubric).filter((leaf) => leaf.task_category === 'Code Development');
  expect(graded.map(({ leaf }) => leaf).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
}, 120_000);

/** A task as PaperBench's readers open it, with what its rubric rests on and the checks that it passed. */
async function expectTask(run: string, paper: string): Promise<void> {
  const place = taskFolder(run, paper);
  const facts = await readFolder(place);
  expect(problemsOf(facts).filter(({ level }) => level === 'error')).toEqual([]);
  const known = provenance.parse(JSON.parse(readFileSync(join(place, 'provenance.json'), 'utf8')));
  const rubric = parseRubric(facts.texts['rubric.json'] ?? '');
  const unfounded = leaves(rubric).filter(
    ({ id }) => !known.rubric.nodes[id]?.evidence.some(({ line }) => line !== null),
  );
  expect(unfounded).toEqual([]);
  expect(known.checks.map(({ check, ok }) => [check, ok])).toEqual(known.checks.map(({ check }) => [check, true]));
  expect(known.dryJudging).toMatchObject({ ok: true, official: 1, empty: 0, shuffled: 0 });
  expect(known.code?.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(facts.texts['blacklist.txt']).not.toContain('file:');
}

const taskFolder = (run: string, paper: string): string => world.store.path(taskKeys.task({ run, paper }));
