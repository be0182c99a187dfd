import { join } from 'node:path';
import { Client, Connection, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { createFolderStore } from '../activities/store.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { readArguments } from './arguments.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { freeMb } from './disk.ts';
import { finalTable } from './final-table.ts';
import { poolsWith, roomFor } from './pools.ts';
import { withPorts } from './port-option.ts';
import { chooseRun, finishedReport, refuseOtherRecipe, shown, type RunChoice } from './run-choice.ts';
import { rolloutNames } from './rollout-files.ts';
import { ensureTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';
import { alreadyRunning, whoRuns } from './supervisor/claim.ts';
import type { SupervisorEvent } from './supervisor/supervise.ts';
import { untilStopped } from './until-stopped.ts';
import { workersOf } from './up.ts';
import { UserError } from './user-error.ts';
import { follow, type Outcome } from './watch/follow.ts';
import { withTraining } from './watch/training.ts';
import { createView, type View } from './watch/view.ts';

const LOOK_MS = 500;
const OPTIONS = { recipe: { type: 'string' }, run: { type: 'string' }, port: { type: 'string' } } as const;

/** `npm start`: a whole run, from set-up to its report. Exit 0 only when the run completed and its ledger closes. */
export async function run(args: string[]): Promise<number> {
  const { values } = readArguments('start', args, OPTIONS);
  const environment = withPorts(readEnvironment(packageRoot()), values.port);
  const choice = chooseRun(environment.root, values);
  const { store } = homePaths(environment.home);
  refuseOtherRecipe(store, choice);
  if (finishedReport(store, choice)) return tellResult(store, choice);

  const cluster = await joinOrStart(environment, choice);
  const stopped = untilStopped();
  const view = createView(process.stdout, cluster.ui);
  try {
    view.line(`run ${choice.run}: ${cluster.ui}/namespaces/default/workflows/${choice.run}`);
    const outcome = await playRun(environment, { cluster, choice, view, stopped });
    view.end();
    if (outcome.type === 'left') return tellLeft(cluster, choice, stopped);
    if (outcome.type === 'failed')
      throw new UserError(`the run "${choice.run}" ended: ${outcome.why}\n\`${choice.again}\` goes on with it`);
  } finally {
    await cluster.stop();
  }
  return tellResult(store, choice);
}

interface Joined extends Cluster {
  /** Whether the server and the pools are those of an `npm run up`, and go on without us. */
  joined: boolean;
  /** Told of processes that end; nothing comes where they are not ours. */
  events: { listen?: (event: SupervisorEvent) => void };
}

async function joinOrStart(environment: Environment, { isVirtual, trains, makesTasks }: RunChoice): Promise<Joined> {
  const other = whoRuns(environment.home);
  if (other?.command === 'up' && other.temporal !== undefined && other.ui !== undefined) {
    return { temporal: other.temporal, ui: other.ui, stop: async () => undefined, joined: true, events: {} };
  }
  if (other) throw alreadyRunning(environment.home, other);
  const { temporal } = await ensureTools(environment);
  if (trains) await ensureTrainer(environment);
  const events: Joined['events'] = {};
  const onEvent = (event: SupervisorEvent): void => events.listen?.(event);
  const cluster = await startCluster({
    environment,
    command: 'start',
    binary: temporal.path,
    pools: workersOf(roomFor(environment, isVirtual), poolsWith({ trainer: trains, research: makesTasks })),
    onEvent,
  });
  return { ...cluster, joined: false, events };
}

interface Playing {
  cluster: Joined;
  choice: RunChoice;
  view: View;
  stopped: AbortSignal;
}

/** Starts the run, or finds it running, and watches it to its end. */
async function playRun(environment: Environment, { cluster, choice, view, stopped }: Playing): Promise<Outcome> {
  const full = new AbortController();
  cluster.events.listen = (event) => {
    if (event.type !== 'ended') return;
    const again = `starts again in ${event.restartInMs / 1000} s`;
    view.line(
      `${event.process} ended (${event.signal ?? event.code}) and ${again}; its log is ${shown(logOf(environment, event.process))}`,
    );
  };
  const store = createFolderStore(homePaths(environment.home).store);
  const connection = await Connection.connect({ address: cluster.temporal });
  try {
    const handle = await startRun(new Client({ connection }), environment.queue, choice);
    const outcome = await follow(handle, {
      everyMs: LOOK_MS,
      signal: AbortSignal.any([stopped, full.signal]),
      onStatus: async (status) => {
        view.status(await withTraining(store, status));
        if (freeMb(environment.home) < environment.minFreeMb / 4) full.abort();
      },
    });
    if (full.signal.aborted) throw fullDisk(environment, choice);
    return outcome;
  } finally {
    await connection.close();
  }
}

const logOf = ({ home }: Environment, process: string): string => join(homePaths(home).logs, `${process}.log`);

const fullDisk = ({ home }: Environment, { again }: RunChoice): UserError =>
  new UserError(
    `the disk of ${home} is all but full (${freeMb(home)} MB free): free some space, then \`${again}\` goes on`,
  );

/** A run that failed or was aborted is taken up again; one that runs is joined; one that completed is left as it is. */
async function startRun(client: Client, taskQueue: string, { run, recipe }: RunChoice): Promise<WorkflowHandle> {
  try {
    return await client.workflow.start('train', {
      workflowId: run,
      taskQueue,
      args: [recipe],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return client.workflow.getHandle(run);
    throw error;
  }
}

function tellLeft(cluster: Joined, { run, again }: RunChoice, stopped: AbortSignal): number {
  const what = cluster.joined
    ? `goes on in \`npm run up\`; \`${again}\` watches it again`
    : `is not finished: \`${again}\` goes on with it`;
  process.stdout.write(`\nthe run "${run}" ${what}\n`);
  return stopped.reason === 'SIGINT' ? 130 : 143;
}

/** Prints the report; an error where there is none that closes. */
function tellResult(store: string, choice: RunChoice): number {
  const report = finishedReport(store, choice);
  const [json, page] = [keys.report(choice.run), keys.reportPage(choice.run)].map((key) => shown(join(store, key)));
  if (!report)
    throw new UserError(
      `the run "${choice.run}" ended, and its report (${json}) is missing or its ledger does not close`,
    );
  const next = [
    `report    ${page}  (figures: ${json})`,
    `a rollout npm run show -- ${rolloutNames(store, choice.run)[0] ?? 'ROLLOUT'}`,
    'the UI    npm run up',
  ];
  process.stdout.write(`\n${finalTable(report)}\n\n${next.join('\n')}\n`);
  return 0;
}
