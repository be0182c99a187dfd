import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { runProgram } from '../bootstrap/run-program.cjs';
import { step } from '../bootstrap/step.cjs';
import { findProgram } from './find-program.ts';
import { placeBinary } from './place.ts';
import { CLI_VERSION } from './temporal-version.ts';

const WANTED = '1.26.4';
/** The first Go that can fetch a newer toolchain by itself. */
const FETCHES_TOOLCHAINS = 21;

/** Builds the binary from tools/temporal, which pins every module; works where only a Go module proxy is reachable. */
export async function buildTemporal(environment: Environment, target: string): Promise<void> {
  const go = findProgram('go', environment.path);
  if (!go) throw new Error(`there is no go on PATH (Go ${WANTED} or newer would do)`);
  refuseOldGo(await runProgram([go, 'env', 'GOVERSION']));
  const title = `building temporal ${CLI_VERSION} by Go (about 8 minutes on one core, 2 GB of Go's caches, once)`;
  const folder = join(environment.root, 'tools/temporal');
  await step(title, (progress) =>
    placeBinary(target, async (aside) => {
      const binary = join(aside, 'temporal');
      const build = [
        go,
        'build',
        '-v',
        '-trimpath',
        '-ldflags',
        '-s -w',
        '-o',
        binary,
        'github.com/temporalio/cli/cmd/temporal',
      ];
      await runProgram(['env', 'CGO_ENABLED=0', 'GOTOOLCHAIN=auto', ...build], { cwd: folder, progress });
      return binary;
    }),
  );
}

/** Throws where this Go neither is new enough nor can fetch one that is. `version` is as `go env GOVERSION` prints it. */
export function refuseOldGo(version: string): void {
  const minor = Number(/^go1\.(\d+)/.exec(version.trim())?.[1]);
  if (minor >= FETCHES_TOOLCHAINS || version.startsWith('devel')) return;
  throw new Error(
    `${version.trim()} is too old: it takes Go ${WANTED}, or Go 1.${FETCHES_TOOLCHAINS} or newer, which fetches that by itself`,
  );
}
