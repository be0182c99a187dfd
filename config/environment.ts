import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DURATION } from '../core/duration.ts';

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));
const port = whole(0, 65_535);
const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((text) => text === '1');
const level = z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error');
const devices = z
  .string()
  .regex(/^[\w:-]*(?:,[\w:-]+)*$/, 'must be device ids separated by commas, such as 0,1')
  .transform((text) => text.split(',').filter((id) => id !== ''));

const cores = availableParallelism();

/** Every variable that is read: how its text is parsed, what stands in where it is not set, and what it is for. */
export const VARIABLES = {
  LONGHAUL_HOME: [z.string(), '.longhaul', 'folder of the database, the store, logs and pid files'],
  LONGHAUL_CACHE: [z.string(), '~/.cache/longhaul', 'what checkouts share: the temporal binary, Python environments'],
  LONGHAUL_PORT: [port, '7233', 'port of the dev server; 0 takes a free one'],
  LONGHAUL_UI_PORT: [z.literal('').or(port), '', 'port of the Web UI; empty: the port + 1000, 0 takes a free one'],
  LONGHAUL_QUEUE: [
    z.string().regex(/^[\w-]+$/, 'must be letters, digits and hyphens'),
    'longhaul',
    'task queue of runs',
  ],
  LONGHAUL_ORCHESTRATOR_WORKERS: [whole(1, 64), '1', 'processes of the orchestrator pool'],
  LONGHAUL_ROLLOUT_WORKERS: [whole(1, 64), '1', 'processes of the rollout pool'],
  LONGHAUL_JUDGE_WORKERS: [whole(1, 64), '1', 'processes of the judge pool'],
  LONGHAUL_RESEARCH_WORKERS: [whole(1, 64), '1', 'processes of the research pool, which makes tasks of papers'],
  LONGHAUL_TRAINER_WORKERS: [whole(0, 64), '1', 'processes of the trainer pool, which trains and serves'],
  LONGHAUL_ROLLOUT_SLOTS: [
    z.literal('').or(whole(1, 1000)),
    '',
    'rollouts that one process plays at a time; empty: 4 per core, or 16 in `npm start` of a recipe with a virtual clock',
  ],
  LONGHAUL_JUDGE_SLOTS: [whole(1, 1000), String(2 * cores), 'submissions that one process judges at a time'],
  LONGHAUL_RESEARCH_SLOTS: [whole(1, 1000), '32', 'papers that one process reads and calls that it makes at a time'],
  LONGHAUL_GPUS: [devices, '', 'ids of the GPUs that rollouts may hold, such as 0,1'],
  LONGHAUL_TRAINER_GPUS: [
    devices,
    'all',
    'ids of the GPUs that one trainer process trains on, such as 2,3; all: those that rollouts may not hold; none: the CPU',
  ],
  LONGHAUL_SERVING_HOST: [
    z.string().min(1),
    '127.0.0.1',
    'address at which other machines reach what this one serves: policies, and the limits of providers',
  ],
  LONGHAUL_UNSAFE_SANDBOX: [flag, '0', '1 runs agents as plain processes where bubblewrap does not work'],
  LONGHAUL_METRICS_PORT: [
    whole(0, 65_000),
    '0',
    'Prometheus port of the first process, one more for each next; 0: none',
  ],
  LONGHAUL_STOP_GRACE: [
    z.string().regex(DURATION, 'must be a duration such as 30s'),
    '30s',
    'time to finish when asked to stop',
  ],
  LONGHAUL_MIN_FREE_MB: [whole(0, 999_999_999), '200', 'free disk under which nothing is started'],
  LONGHAUL_VERSIONING: [
    z.enum(['off', 'pinned', 'auto'], 'must be off, pinned or auto'),
    'off',
    'Temporal worker versioning of workflows: pinned to the code they began with, or moved on by auto; off: none',
  ],
  LONGHAUL_JANITOR_EVERY: [
    z.literal('off').or(z.string().regex(DURATION, 'must be a duration such as 15m, or off')),
    '15m',
    'how often what no rollout owns is removed; off: never',
  ],
  LONGHAUL_WEBHOOK_URL: [
    z.literal('').or(z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })),
    '',
    'told when a run parks, waits for approval or ends; empty: nobody is',
  ],
  LONGHAUL_WEBHOOK_SECRET: [z.string(), '', 'signs what the webhook is told (HMAC-SHA256 of the body)'],
  SEMANTIC_SCHOLAR_API_KEY: [
    z.string(),
    '',
    'key that Semantic Scholar is asked with; empty: without one, in the queue of all who have none',
  ],
  ANTHROPIC_BASE_URL: [
    z.literal('').or(z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })),
    '',
    'where the Messages API answers for models whose recipe names no baseUrl; empty: https://api.anthropic.com',
  ],
  LONGHAUL_LOG_LEVEL: [level, 'info', 'debug, info, warn or error'],
  LONGHAUL_TEMPORAL_DOWNLOAD: [z.string(), 'https://temporal.download', 'where the temporal binary is downloaded from'],
  TEMPORAL_CLI_PATH: [z.string(), '', 'a temporal binary to use instead of looking for one'],
  PATH: [z.string(), '', 'where programs are looked for'],
} as const;

type Variables = typeof VARIABLES;
type Parsed = { [Name in keyof Variables]: z.output<Variables[Name][0]> };

/** A variable that cannot be understood; the message names it and its value. */
export class EnvironmentError extends Error {}

/** The environment, parsed. Paths are absolute. */
export type Environment = ReturnType<typeof readEnvironment>;

/** Parses the environment, once per process; throws EnvironmentError. Relative paths are meant against `root`, the checkout. */
export function readEnvironment(root: string, source: Record<string, string | undefined> = process.env) {
  const of = <Name extends keyof Variables>(name: Name): Parsed[Name] => parse(name, source[name]);
  const serverPort = of('LONGHAUL_PORT');
  const uiPort = of('LONGHAUL_UI_PORT');
  const rolloutSlots = of('LONGHAUL_ROLLOUT_SLOTS');
  return {
    root,
    home: absolute(root, of('LONGHAUL_HOME')),
    cache: absolute(root, of('LONGHAUL_CACHE')),
    port: serverPort,
    uiPort: uiPort === '' ? besides(serverPort) : uiPort,
    queue: of('LONGHAUL_QUEUE'),
    processes: {
      orchestrator: of('LONGHAUL_ORCHESTRATOR_WORKERS'),
      rollout: of('LONGHAUL_ROLLOUT_WORKERS'),
      judge: of('LONGHAUL_JUDGE_WORKERS'),
      research: of('LONGHAUL_RESEARCH_WORKERS'),
      trainer: of('LONGHAUL_TRAINER_WORKERS'),
    },
    rolloutSlots: rolloutSlots === '' ? 4 * cores : rolloutSlots,
    /** For rollouts whose clock is virtual: their programs take next to nothing, and policies are asked the cheaper together. */
    virtualRolloutSlots: rolloutSlots === '' ? 24 * cores : rolloutSlots,
    judgeSlots: of('LONGHAUL_JUDGE_SLOTS'),
    researchSlots: of('LONGHAUL_RESEARCH_SLOTS'),
    gpus: of('LONGHAUL_GPUS'),
    /** `['all']` and `['none']` are words, not ids. */
    trainerGpus: of('LONGHAUL_TRAINER_GPUS'),
    servingHost: of('LONGHAUL_SERVING_HOST'),
    unsafeSandbox: of('LONGHAUL_UNSAFE_SANDBOX'),
    /** 0 where no metrics are wanted. */
    metricsPort: of('LONGHAUL_METRICS_PORT'),
    stopGrace: of('LONGHAUL_STOP_GRACE'),
    minFreeMb: of('LONGHAUL_MIN_FREE_MB'),
    versioning: of('LONGHAUL_VERSIONING'),
    /** `off`, or a duration. */
    janitorEvery: of('LONGHAUL_JANITOR_EVERY'),
    webhook: webhookOf(of('LONGHAUL_WEBHOOK_URL'), of('LONGHAUL_WEBHOOK_SECRET')),
    /** Empty where there is none. */
    semanticScholarKey: of('SEMANTIC_SCHOLAR_API_KEY'),
    messagesUrl: of('ANTHROPIC_BASE_URL'),
    logLevel: of('LONGHAUL_LOG_LEVEL'),
    temporalDownload: of('LONGHAUL_TEMPORAL_DOWNLOAD'),
    /** Empty where the binary is to be looked for. */
    temporalCli: of('TEMPORAL_CLI_PATH'),
    path: of('PATH'),
    /** Whether an address of a Temporal server is configured for the Temporal CLI itself. */
    temporalAddress: source['TEMPORAL_ADDRESS'] ?? null,
    ci: Boolean(source['CI']),
  };
}

function parse<Name extends keyof Variables>(name: Name, text: string | undefined): Parsed[Name] {
  const [schema, fallback] = VARIABLES[name];
  const result = schema.safeParse(text || fallback);
  if (result.success) return result.data as Parsed[Name];
  const why = result.error.issues.map((issue) => issue.message).join(', ');
  throw new EnvironmentError(`${name}="${text}" ${why}`);
}

const webhookOf = (url: string, secret: string) => (url === '' ? null : { url, secret });

/** The UI's port beside the server's; free where the server's is. */
export const besides = (serverPort: number): number => (serverPort === 0 ? 0 : serverPort + 1000);

function absolute(root: string, path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(root, path);
}

/**
 * What a child process gets: this process's variables and the given ones; of `unlessSet` only what this process has not. Where the
 * server is given, the Temporal CLI's own configuration is left out, so that a profile for some other server does not lead it there.
 */
export function childEnvironment(
  more: Record<string, string>,
  unlessSet: Record<string, string> = {},
): Record<string, string | undefined> {
  const foreign = (name: string): boolean => more['TEMPORAL_ADDRESS'] !== undefined && name.startsWith('TEMPORAL_');
  const own = Object.entries(process.env).filter(([name]) => !foreign(name));
  const local = more['TEMPORAL_ADDRESS'] === undefined ? {} : { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };
  return { ...unlessSet, ...Object.fromEntries(own), ...local, ...more };
}
