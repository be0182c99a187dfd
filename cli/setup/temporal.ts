import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { withLock } from '../bootstrap/lock.cjs';
import { say } from '../bootstrap/step.cjs';
import { UserError } from '../user-error.ts';
import { downloadTemporal } from './download.ts';
import { findProgram } from './find-program.ts';
import { buildTemporal } from './go-build.ts';
import { CLI_VERSION, isNewEnough, OLDEST_SERVER, serverVersion } from './temporal-version.ts';

export interface Temporal {
  path: string;
  /** Of the server inside, such as `1.31.2`. */
  server: string;
}

/**
 * The temporal binary: the one that TEMPORAL_CLI_PATH names; one on PATH that is new enough; the cached one; the official download;
 * a Go build. Throws with what each way lacked.
 */
export async function ensureTemporal(environment: Environment): Promise<Temporal> {
  const named = environment.temporalCli;
  if (named !== '') return usable(named, 'TEMPORAL_CLI_PATH');
  const onPath = findProgram('temporal', environment.path);
  const found = onPath && (await serverVersion(onPath));
  if (found && isNewEnough(found)) return { path: onPath, server: found };
  const cached = join(environment.cache, `temporal-${CLI_VERSION}/temporal`);
  if (existsSync(cached)) return usable(cached, 'the cache');
  const refused = [onPath ? `on PATH: ${onPath} is a server ${found ?? 'of unknown version'}` : 'on PATH: none'];
  return withLock(`${cached}.lock`, () => bring(environment, cached, refused), waitFor);
}

const waitFor = (pid: number): void => say(`waiting for the temporal binary that process ${pid} is bringing`);

async function bring(environment: Environment, target: string, refused: string[]): Promise<Temporal> {
  if (existsSync(target)) return usable(target, 'the cache');
  for (const [name, way] of [
    ['official download', downloadTemporal],
    ['Go build', buildTemporal],
  ] as const) {
    try {
      await way(environment, target);
      return await usable(target, 'the cache');
    } catch (error) {
      refused.push(`${name}: ${(error as Error).message}`);
      say(`set-up: ${refused.at(-1)}`);
    }
  }
  throw new UserError(
    `there is no temporal binary with a server ${OLDEST_SERVER} or newer:\n${refused.map((line) => `  ${line}\n`).join('')}` +
      `install one (https://docs.temporal.io/cli, \`brew install temporal\`) or Go 1.26.4 or newer, or name one by TEMPORAL_CLI_PATH`,
  );
}

async function usable(path: string, origin: string): Promise<Temporal> {
  const server = await serverVersion(path);
  if (!server)
    throw new UserError(
      `${origin} names ${path}, which is no temporal binary (\`${path} --version\` says no server version)`,
    );
  if (isNewEnough(server)) return { path, server };
  throw new UserError(`${path} (${origin}) is a server ${server}: Longhaul needs ${OLDEST_SERVER} or newer`);
}
