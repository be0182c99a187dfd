import { availableParallelism } from 'node:os';
import { childEnvironment } from '../../config/environment.ts';
import { homePaths } from '../../config/home.ts';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.ts';
import { SERVER_POOL } from '../supervisor/supervise.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

const HOST = '127.0.0.1';

/** Write-ahead logging is three times as fast and no less safe against a crash of the process. */
const PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

/**
 * Its garbage collector takes an eighth of its processor time otherwise; it then holds some hundred megabytes more. Where the cores
 * are few and others need them, its threads only wake each other: on one it takes two fifths less processor time for the same work.
 */
const GO = { GOGC: '800', GOMEMLIMIT: '2GiB', ...(availableParallelism() <= 4 ? { GOMAXPROCS: '1' } : {}) };

const DYNAMIC = [
  'frontend.WorkerHeartbeatsEnabled=true',
  'frontend.ListWorkersEnabled=true',
  'frontend.WorkflowPauseEnabled=true',
  'matching.enableFairness=true',
];

export interface DevServer {
  /** The temporal binary. */
  binary: string;
  home: string;
  port: number;
  uiPort: number;
}

export const addressOf = ({ port }: Pick<DevServer, 'port'>): string => `${HOST}:${port}`;
export const uiOf = ({ uiPort }: Pick<DevServer, 'uiPort'>): string => `http://${HOST}:${uiPort}`;

/** The dev server as a process to keep: its database lies in the home, so a run outlives it. */
export function devServerProcess(server: DevServer): ProcessSpec {
  const flags = {
    ip: [HOST],
    port: [String(server.port)],
    'ui-port': [String(server.uiPort)],
    'db-filename': [homePaths(server.home).database],
    'log-level': ['warn'],
    'sqlite-pragma': PRAGMAS,
    'dynamic-config-value': DYNAMIC,
    'search-attribute': Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${type}`),
  };
  const given = Object.entries(flags).flatMap(([flag, values]) => values.flatMap((value) => [`--${flag}`, value]));
  return {
    pool: SERVER_POOL,
    number: 0,
    command: [server.binary, 'server', 'start-dev', '--ui-disable-news-fetch', ...given],
    environment: childEnvironment({ LONGHAUL_HOME: server.home }, GO),
    parent: 'lifeline',
  };
}
