import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { play } from '../activities/agent/play.ts';
import { createScaffold } from '../activities/agent/scaffold.ts';
import { createBubblewrap } from '../activities/sandboxes/bubblewrap.ts';
import type { SandboxProvider } from '../activities/sandboxes/sandbox.ts';
import { PAPER_FILE } from '../activities/tasks.ts';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import { rulesOf } from '../core/agent/settings.ts';
import { recipe as recipeSchema } from '../core/recipe.ts';
import { limitsOf } from '../core/rollout-settings.ts';
import { withCluster } from './cluster.ts';
import { atMost, type Figure } from './figure.ts';
import { pacedPolicy, TURN_MS, TURNS } from './paced.ts';

const ROLLOUTS = 16;
const SLOTS = 8;
/** What is being judged or begun holds no slot. */
const ADMITTED = 10;

const given = {
  name: 'durability',
  tasks: { type: 'micropapers', train: ROLLOUTS / 4, heldout: 1 },
  policies: { teacher: { type: 'scripted' } },
  rollout: { clock: { type: 'virtual' }, maxTurns: TURNS + 1 },
  stages: [
    {
      type: 'distill',
      policy: 'teacher',
      rolloutsPerTask: 4,
      timeout: '1500s',
      concurrency: ADMITTED,
      accept: { minScore: 0 },
    },
  ],
};

/** What it costs that no finished turn is lost: turns per second with the turn log on the disk, without, and of a plain loop. */
export async function durability(): Promise<Figure[]> {
  const plain = await plainLoop();
  const synced = await onCluster([]);
  const unsynced = await onCluster(['unsynced']);
  const detail = { plain, synced, unsynced, turnMs: TURN_MS, rollouts: ROLLOUTS, slots: SLOTS };
  return [
    {
      ...atMost(
        `share of turns per second that durability costs, against a plain loop at turns of ${TURN_MS} ms`,
        1 - synced / plain,
        0.1,
      ),
      unit: 'share',
      detail,
    },
    {
      figure: 'of that, for the turn log on the disk',
      value: (unsynced - synced) / plain,
      unit: 'share',
      bound: 'reported',
      ok: true,
      detail: {},
    },
  ];
}

/** Turns per second of a stage, from its plan to its closed ledger. */
function onCluster(how: readonly string[]): Promise<number> {
  return withCluster(
    {
      trainer: false,
      variables: { LONGHAUL_ROLLOUT_SLOTS: String(SLOTS) },
      pools: (environment) => (address) => {
        const [orchestrator, rollout] = poolProcesses(environment, ['orchestrator', 'rollout'], address);
        if (!orchestrator || !rollout) throw new Error('a pool has no process');
        const command = [process.execPath, join(environment.root, 'dist/bench/paced-rollouts.js'), ...how];
        const queues = poolQueues(environment, ['orchestrator', 'rollout', 'judge']);
        return { processes: [orchestrator, { ...rollout, command }], queues };
      },
    },
    async ({ play: playRun }) => {
      const { stages, ledger } = await playRun(given.name, given);
      if (ledger.scored !== ROLLOUTS) throw new Error(`${ledger.scored} of ${ROLLOUTS} rollouts are scored`);
      return (ROLLOUTS * TURNS) / (stages[0]?.seconds ?? NaN);
    },
  );
}

/** The same turns in the same sandboxes by a loop that keeps nothing. */
async function plainLoop(): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const sandboxes = createBubblewrap({ home });
  const waiting = Array.from({ length: ROLLOUTS }, (_, number) => `plain.distill.0.task.${number}`);
  const began = performance.now();
  const slot = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await playPlainly(sandboxes, id);
  };
  try {
    await Promise.all(Array.from({ length: SLOTS }, slot));
    return (ROLLOUTS * TURNS) / ((performance.now() - began) / 1000);
  } finally {
    for (const { id } of await sandboxes.list()) await sandboxes.destroy(id);
    await rm(home, { recursive: true, force: true });
  }
}

async function playPlainly(sandboxes: SandboxProvider, id: string): Promise<void> {
  const { rollout, tasks } = recipeSchema.parse(given);
  const { sandbox } = await sandboxes.open({
    id,
    labels: { run: 'plain', rollout: id },
    limits: limitsOf(rollout.sandbox),
    mounts: [],
    environment: {},
    clock: 'virtual',
    idleSeconds: 60,
  });
  const { turns } = await play(
    {
      rollout: id,
      instructions: '',
      policy: pacedPolicy,
      scaffold: createScaffold({ rules: rulesOf(rollout.agent, tasks), paper: PAPER_FILE }),
      sandbox,
      log: { append: async () => undefined, close: async () => undefined },
      epoch: 1,
      clock: rollout.clock,
      budgetSeconds: () => 1500,
      maxTurns: TURNS + 1,
      idleTurns: rollout.agent.idleTurns,
      callTimeoutSeconds: 60,
      mayGoOn: async () => true,
      signal: new AbortController().signal,
    },
    [],
  );
  await sandbox.close();
  if (turns.length !== TURNS) throw new Error(`${id} has ${turns.length} turns`);
}
