import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { report as reportSchema, type Report } from '../../core/report.ts';
import type { RlReport } from '../../core/rl-report.ts';
import type { RolloutReport } from '../../core/rollout-report.ts';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from './eventually.ts';
import { fakeRl } from './fake-rl.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { fakeTraining } from './fake-training.ts';
import { tinyRecipe } from './recipes.ts';
import { openWorld, type World, type WorldOptions } from './workflows.ts';

const NAMES = ['runAgent', 'judge', 'prepareRlStep', 'runJob', 'syncWeights', 'servePolicy'] as const;

/** Two tasks a step, two rollouts each, two steps; `changes` are of the RL stage. */
export const rlRecipe = (changes: object = {}) =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 2, heldout: 1 },
    student: { windows: { maxTokens: 192, overlap: 48, reserve: 26 }, sampling: { maxTokens: 10 } },
    stages: [
      { type: 'init', name: 'untrained', model: { mode: 'copying' } },
      {
        type: 'rl',
        from: 'untrained',
        tasksPerStep: 2,
        rolloutsPerTask: 2,
        maxStaleness: 0,
        curriculum: [{ timeout: '60s', steps: 2 }],
        ...changes,
      },
    ],
  });

/** A world whose rollouts, trainer and engines are played by a fake, fresh for each test. */
export async function openRlWorld(more: Pick<WorldOptions, 'around'> = {}) {
  const current: { fake?: ReturnType<typeof fakeRl> } = {};
  const through = (name: (typeof NAMES)[number]) => [name, (input: never) => call(current.fake, name, input)];
  const { prepareTraining } = fakeTraining().activities;
  const instead = Object.fromEntries(NAMES.map(through)) as Record<string, (input: never) => Promise<unknown>>;
  const world = await openWorld({ sandboxes: fakeSandboxes(), instead: { prepareTraining, ...instead }, ...more });
  const { client, store, queue } = world;
  let runs = 0;
  return {
    world,
    renew: (): ReturnType<typeof fakeRl> => (current.fake = fakeRl(store)),
    /** `more` is of the recipe itself. */
    async start(changes: object = {}, more: object = {}): Promise<RlRun> {
      const run = `${world.run}-${runs++}`;
      return runOf(
        world,
        await client.workflow.start('train', {
          workflowId: run,
          taskQueue: queue,
          args: [{ ...rlRecipe(changes), ...more }],
        }),
      );
    },
    /** Under the same id, by the same recipe. */
    async again({ handle }: RlRun, changes: object = {}, more: object = {}): Promise<RlRun> {
      const args = [{ ...rlRecipe(changes), ...more }];
      const options = { workflowId: handle.workflowId, taskQueue: queue, args };
      return runOf(world, await client.workflow.start('train', options));
    },
  };
}

/** The world of a file's tests, open while they run, with a fresh fake for each; called at the top of the file. */
export function rlTests(more: Parameters<typeof openRlWorld>[0] = {}) {
  const held: { opened?: Opened; fake?: ReturnType<typeof fakeRl> } = {};
  const opened = () => held.opened as Opened;
  const renew = () => (held.fake = opened().renew());
  beforeAll(async () => {
    held.opened = await openRlWorld(more);
    renew();
  });
  afterAll(() => opened().world.close());
  beforeEach(() => void renew());
  return {
    get world(): World {
      return opened().world;
    },
    get fake(): ReturnType<typeof fakeRl> {
      return held.fake as ReturnType<typeof fakeRl>;
    },
    start: (...given: Parameters<Opened['start']>) => opened().start(...given),
    again: (...given: Parameters<Opened['again']>) => opened().again(...given),
  };
}

type Opened = Awaited<ReturnType<typeof openRlWorld>>;

async function call(fake: ReturnType<typeof fakeRl> | undefined, name: (typeof NAMES)[number], input: never) {
  if (!fake) throw new Error('the test has no fake yet');
  return (fake.activities[name] as (input: never) => Promise<unknown>)(input);
}

function runOf({ client, store }: World, handle: WorkflowHandle): RlRun {
  const run = handle.workflowId;
  const stage = client.workflow.getHandle(`${run}.rl-60s`);
  return {
    run,
    handle,
    stage,
    rollout: (id) => client.workflow.getHandle(`${run}.rl-60s.${id}`),
    status: () => handle.query('status'),
    stageStatus: () => stage.query('status'),
    decide: (name, input = {}) => handle.executeUpdate(name, { args: [input] }),
    async report() {
      const report = reportSchema.parse(await store.readJson(keys.report(run)));
      const found = report.stages.find(({ name }) => name === 'rl-60s')?.rl;
      if (!found) throw new Error('the report has no rl stage');
      return { report, rl: found };
    },
    told: (id, outcome) => ({
      rollout: `${run}.rl-60s.${id}`,
      outcome,
      score: outcome === 'scored' ? 0.5 : null,
      sandboxSeconds: 0,
      usd: 0,
      inputTokens: 0,
      outputTokens: 0,
      playedAt: null,
    }),
    async open() {
      const found: string[] = [];
      const query = `WorkflowType="rollout" and ExecutionStatus="Running" and LonghaulRun="${run}"`;
      for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
      return found;
    },
  };
}

/** A run of the recipe, and what a test asks of it. Rollouts are called `<step>.<task>.<member>`. */
export interface RlRun {
  run: string;
  handle: WorkflowHandle;
  stage: WorkflowHandle;
  rollout(id: string): WorkflowHandle;
  status(): Promise<RunStatus>;
  stageStatus(): Promise<StageStatus>;
  decide(name: string, input?: object): Promise<unknown>;
  report(): Promise<{ report: Report; rl: RlReport }>;
  /** What a rollout says when it has ended. */
  told(id: string, outcome: RolloutReport['outcome']): RolloutReport;
  /** Rollouts whose workflows are open. */
  open(): Promise<string[]>;
}

/** The tasks of a step's round, once they are in play. */
export async function tasksOf(fake: ReturnType<typeof fakeRl>, step: number, count = 2): Promise<string[]> {
  const tasks = (): string[] => [
    ...new Set(
      fake
        .playing()
        .filter((id) => id.startsWith(`${step}.`))
        .map((id) => id.split('.')[1] ?? ''),
    ),
  ];
  await eventually(() => tasks().length === count);
  return tasks();
}
