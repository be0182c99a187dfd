import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createFolderStore, type Store } from '../../activities/store.ts';
import { createBookkeeping } from '../../activities/bookkeeping.ts';
import { createJudge } from '../../activities/judge.ts';
import { createCheckJudge } from '../../activities/judges/check.ts';
import type { FindJudge } from '../../activities/judges/create-judges.ts';
import { createOverrule } from '../../activities/overrule.ts';
import { createNotify, type Webhook } from '../../activities/notify.ts';
import { createPolicyFactory } from '../../activities/policies/create-policy.ts';
import { createModels, type ReadSecret } from '../../activities/models/create-models.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import { readPrompts, type Prompts } from '../../activities/prompts.ts';
import { createRecipeReader } from '../../activities/recipes.ts';
import { createPrepareStep, createRl } from '../../activities/rl.ts';
import { createReproduction } from '../../activities/reproduction.ts';
import { createRunAgent, type RunAgentDependencies } from '../../activities/run-agent.ts';
import { createInstructionsReader } from '../../activities/tasks.ts';
import { poolQueue, type ActivityQueue } from '../../core/names.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { packageRoot } from '../../activities/sandboxes/package-root.ts';
import type { SandboxProvider } from '../../activities/sandboxes/sandbox.ts';
import { WORKFLOW_WORKER } from '../../workers/workflow-worker.ts';
import { testServer } from './server.ts';

/** All pools in this process, on queues of their own, over a store of their own. */
export interface World {
  client: Client;
  store: Store;
  queue: string;
  /** A run's name that no other test has. */
  run: string;
  /** Runs the workers while the body runs, with the workflows of a bundle of its own where that is given. */
  whileWorking<T>(body: () => Promise<T>, bundle?: string): Promise<T>;
  close(): Promise<void>;
}

export interface WorldOptions {
  sandboxes: SandboxProvider;
  policy?: RunAgentDependencies['policy'];
  /** Keys of providers. */
  secret?: ReadSecret;
  judge?: (store: Store) => FindJudge;
  /** Activities that stand in for the real ones, by name. */
  instead?: Record<string, (...args: never[]) => Promise<unknown>>;
  /** Activities that stand before the real ones, which they are given. */
  around?: (own: Activities) => Partial<Activities>;
  /** The factory's activities over the world's store. */
  factory?: (store: Store) => object;
  /** Pools that processes of the test's own serve. */
  without?: readonly ActivityQueue[];
  maxCachedWorkflows?: number;
  webhook?: Webhook;
  /** Of the workflow tasks. */
  versioning?: Pick<WorkerOptions, 'workerDeploymentOptions'>;
}

Runtime.install({ logger: new DefaultLogger('ERROR') });

export async function openWorld(options: WorldOptions): Promise<World> {
  const { address, bundlePath } = testServer();
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const root = mkdtempSync(join(tmpdir(), 'longhaul-world-'));
  const store = createFolderStore(`${root}/store`);
  const run = `t-${randomUUID().slice(0, 8)}`;
  const prompts = readPrompts('prompts/agent');
  const own = activitiesOf(store, root, { ...options, prompts });
  const activities = { ...own, ...options.factory?.(store), ...options.instead, ...options.around?.(own) };
  const usual = { connection: native, activities, maxHeartbeatThrottleInterval: '500ms' as const };
  const workers = (codePath = bundlePath): Promise<Worker[]> =>
    Promise.all([
      Worker.create({
        connection: native,
        taskQueue: run,
        workflowBundle: { codePath },
        maxCachedWorkflows: options.maxCachedWorkflows ?? 100,
        ...WORKFLOW_WORKER,
        ...options.versioning,
      }),
      ...(['orchestrator', 'rollout', 'sweep', 'judge', 'trainer', 'serving', 'research'] as const)
        .filter((pool) => (pool !== 'research' || options.factory) && !options.without?.includes(pool))
        .filter((pool) => pool !== 'sweep' || options.instead?.['sweepMachine'])
        .map((pool) =>
          Worker.create({ ...usual, taskQueue: poolQueue(run, pool), maxConcurrentActivityTaskExecutions: 8 }),
        ),
    ]);
  return {
    client: new Client({ connection }),
    store,
    queue: run,
    run,
    async whileWorking(body, bundle) {
      const running = await workers(bundle);
      const ended = running.map((worker) => worker.run());
      try {
        return await body();
      } finally {
        for (const worker of running) worker.shutdown();
        await Promise.all(ended);
      }
    },
    async close() {
      await Promise.all([connection.close(), native.close()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const noDevices = () => createDeviceAllocator({ devices: [], shared: [] });

type Activities = ReturnType<typeof activitiesOf>;

function activitiesOf(store: Store, root: string, options: Omit<WorldOptions, 'around'> & { prompts: Prompts }) {
  const secret = options.secret ?? (() => undefined);
  const models = createModels({ limiter: createLimiter(), secret });
  const recipe = createRecipeReader(store);
  const { sandboxes } = options;
  const judge = options.judge?.(store) ?? (() => createCheckJudge(sandboxes));
  return {
    ...createBookkeeping({
      store,
      recipe,
      codeVersion: 'test',
      programs: 'tasks/micropaper',
      notifies: options.webhook !== undefined,
      root: packageRoot(),
    }),
    ...createNotify({ webhook: options.webhook ?? null }),
    ...createRl({ store, recipe, codeVersion: 'test' }),
    ...createPrepareStep({ store, recipe }),
    ...createJudge({ store, recipe, judge }),
    ...createOverrule({ store, sandboxes, judge, scratch: `${root}/tmp` }),
    ...createReproduction({ store, recipe, sandboxes, scratch: `${root}/tmp`, devices: noDevices() }),
    ...createRunAgent({
      store,
      recipe,
      sandboxes,
      scratch: `${root}/tmp`,
      devices: noDevices(),
      policy: options.policy ?? createPolicyFactory({ store, models, prompts: options.prompts }),
      instructions: createInstructionsReader(store),
      draining: new AbortController().signal,
    }),
  };
}
