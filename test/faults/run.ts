import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporalCli } from '../support/dev-server.ts';

export const RUN = 'faults';
export const RECIPE = {
  name: RUN,
  tasks: { type: 'micropapers', train: 6, heldout: 1 },
  policies: { teacher: { type: 'scripted' } },
  rollout: { clock: { type: 'virtual' }, heartbeat: '5s' },
  stages: [{ type: 'distill', policy: 'teacher', rolloutsPerTask: 2, timeout: '1500s', accept: { minScore: 0 } }],
};

export interface Start {
  home: string;
  child: ChildProcess;
  text: { out: string; err: string };
  code: Promise<number | null>;
}

/** `npm start` in a home of its own. */
export function start(home: string): Start {
  const file = join(home, 'recipe.json');
  writeFileSync(file, JSON.stringify(RECIPE));
  const child = spawn(process.execPath, [resolve('cli/bootstrap.cjs'), 'start', '--recipe', file], {
    env: {
      ...process.env,
      LONGHAUL_HOME: home,
      LONGHAUL_PORT: '0',
      LONGHAUL_ROLLOUT_SLOTS: '8',
      LONGHAUL_STOP_GRACE: '10s',
      TEMPORAL_CLI_PATH: temporalCli(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  return { home, child, text, code: new Promise((ended) => child.once('close', ended)) };
}

export const rolloutsOf = (home: string): string => join(home, 'store/runs', RUN, 'rollouts');

/** How many turns the turn log of each rollout has, of those that are being played. */
export function playing(home: string): number[] {
  const folder = rolloutsOf(home);
  return namesIn(folder)
    .filter((name) => existsSync(join(folder, name, 'turns.jsonl')) && !existsSync(join(folder, name, 'played.json')))
    .map((name) => readFileSync(join(folder, name, 'turns.jsonl'), 'utf8').split('"observed"').length - 1);
}

/** Rollouts that are played to the end and not graded yet. */
export function judging(home: string): number {
  const folder = rolloutsOf(home);
  const has = (name: string, file: string): boolean => existsSync(join(folder, name, file));
  return namesIn(folder).filter((name) => has(name, 'played.json') && !has(name, 'record.json')).length;
}

export const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Kills a process of the run, and only that one, as a machine that fails would. */
export function killPool(home: string, pool: string): void {
  const pid = Number(readFileSync(join(home, 'pids', `${pool}.0.pid`), 'utf8'));
  if (!(pid > 1)) throw new Error(`${pool} has no process`);
  process.kill(pid, 'SIGKILL');
}

/** Processes that were started for this home or work in it; Linux alone can tell. */
export function processesOf(home: string): string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const place = look(() => readlinkSync(`/proc/${pid}/cwd`));
      const variables = look(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).split('\0');
      return place.startsWith(home) || variables.includes(`LONGHAUL_HOME=${home}`);
    });
}

/** Processes end while they are looked at. */
function look(at: () => string): string {
  try {
    return at();
  } catch {
    return '';
  }
}
