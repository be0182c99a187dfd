import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Random } from '../../core/random.ts';
import type { RunStatus } from '../../core/status.ts';
import { processesOf, signal } from './processes.ts';
import { faultRecipe } from './recipe.ts';
import { temporalCli } from '../support/dev-server.ts';

/** What `faults.json` says: see shim.cjs. */
export interface Disturbance {
  store?: 'slow' | 'full' | 'flaky' | 'torn';
  policy?: '500' | '429' | 'garbage' | 'nothing';
  judge?: 'garbage';
  sync?: 'lost' | 'ignored' | 'cut';
  clockMs?: number;
  /** Worker pools that it strikes; all where none is named. */
  pools?: string[];
}

/** A home in which a recipe is run by `npm start`, and what a fault may do to it. */
export interface World {
  home: string;
  run: string;
  /** Of its recipe. */
  size: number;
  random: Random;
  /** The processor that `npm start` is. */
  command(): ChildProcess;
  /** Has the workers misbehave for so long; false where nothing came of it. */
  disturb(what: Disturbance, ms: number): Promise<boolean>;
  /** Has them misbehave for as long as the body runs; what it is given says whether something has come of it. */
  disturbWhile<T>(what: Disturbance, body: (hasStruck: () => boolean) => Promise<T>): Promise<T>;
  /** Talks to the run's server; undefined where none answers. */
  withClient<T>(body: (client: Client) => Promise<T>): Promise<T | undefined>;
  /** What the command printed, all its starts together. */
  text: { out: string; err: string };
  /** Exit code of the last start that came to an end by itself. */
  ended: Promise<number>;
  /** How often the operator had to say `resume`, and the command had to be given again. */
  interventions: { resumed: string[]; restarted: number };
  stop(): Promise<void>;
}

/** Stops whatever runs: for a harness that is itself asked to end. */
export async function stopAll(): Promise<void> {
  await Promise.all([...open].map((world) => world.stop()));
}

const open = new Set<World>();
const SHIM = resolve('test/faults/shim.cjs');
const MOST_STARTS = 12;
const LONGEST_MS = 150_000;

/** Starts the run; where the command itself dies, gives it again as a person would, and resumes a run that parked. */
export function openWorld(options: { home: string; size: number; random: Random; paceMs: number }): World {
  const { home, size, random, paceMs } = options;
  const recipe = faultRecipe(size);
  mkdirSync(home, { recursive: true });
  const file = join(home, 'recipe.json');
  writeFileSync(file, JSON.stringify(recipe));
  const text = { out: '', err: '' };
  const interventions: World['interventions'] = { resumed: [], restarted: 0 };
  let child = launch();
  let stopping = false;

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [resolve('cli/bootstrap.cjs'), 'start', '--recipe', file], {
      env: environmentOf(home, paceMs),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
    started.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
    return started;
  }

  async function untilEnd(): Promise<number> {
    for (let starts = 1; ; starts += 1) {
      const code = await new Promise<number | null>((ended) => child.once('close', ended));
      if (code === 0 || stopping || starts === MOST_STARTS) return code ?? 1;
      interventions.restarted += 1;
      await delay(500);
      child = launch();
    }
  }

  const ended = untilEnd();
  const world: World = {
    home,
    run: recipe.name,
    size,
    random,
    text,
    ended,
    interventions,
    command: () => child,
    ...disturbing(home),
    withClient: (body) => withClient(home, body),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
      // What a run has that is not finished would wait for it to go on.
      signal(processesOf(home), 'SIGKILL');
    },
  };
  open.add(world);
  void ended.finally(() => open.delete(world));
  void operate(world);
  return world;
}

/** Tells the workers what is to go wrong: see shim.cjs. */
function disturbing(home: string): Pick<World, 'disturb' | 'disturbWhile'> {
  const control = join(home, 'faults.json');
  const hit = join(home, 'faults.hit');
  const hasStruck = (): boolean => existsSync(hit);
  const say = (what: object): void => {
    writeFileSync(`${control}.aside`, JSON.stringify(what));
    renameSync(`${control}.aside`, control);
  };
  return {
    async disturb(what, ms) {
      rmSync(hit, { force: true });
      say({ ...what, until: Date.now() + ms });
      await delay(ms);
      return hasStruck();
    },
    async disturbWhile(what, body) {
      rmSync(hit, { force: true });
      say({ ...what, until: Date.now() + LONGEST_MS });
      try {
        return await body(hasStruck);
      } finally {
        say({ until: 0 });
      }
    },
  };
}

const environmentOf = (home: string, paceMs: number) => ({
  ...process.env,
  NODE_OPTIONS: `--require ${SHIM}`,
  LONGHAUL_HOME: home,
  LONGHAUL_PORT: '0',
  LONGHAUL_ROLLOUT_WORKERS: '2',
  LONGHAUL_ROLLOUT_SLOTS: '4',
  LONGHAUL_STOP_GRACE: '10s',
  LONGHAUL_JANITOR_EVERY: '30s',
  LONGHAUL_FAULTS_PACE_MS: String(paceMs),
  TEMPORAL_CLI_PATH: temporalCli(),
});

/** The operator: a run that parked is resumed, as its details say. */
async function operate(world: World): Promise<void> {
  const over = new AbortController();
  void world.ended.finally(() => over.abort());
  while (!over.signal.aborted) {
    await delay(1000, undefined, { signal: over.signal }).catch(() => undefined);
    await world.withClient(async (client) => {
      const handle = client.workflow.getHandle(world.run);
      const status = await handle.query<RunStatus>('status');
      if (status.state !== 'parked') return;
      await handle.executeUpdate('resume', { args: [{}] });
      world.interventions.resumed.push(status.waitsFor ?? '');
    });
  }
}

async function withClient<T>(home: string, body: (client: Client) => Promise<T>): Promise<T | undefined> {
  try {
    const { temporal } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as { temporal?: string };
    if (temporal === undefined) return undefined;
    const connection = await Connection.connect({ address: temporal, connectTimeout: '2s' });
    try {
      return await connection.withDeadline(Date.now() + 5000, () => body(new Client({ connection })));
    } finally {
      await connection.close();
    }
  } catch {
    return undefined; // the server or a worker is just away, which is what this is about
  }
}
