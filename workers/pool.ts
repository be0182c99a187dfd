import { DefaultLogger, Runtime } from '@temporalio/worker';
import { atAddress } from '../activities/models/address.ts';
import { createModels, type FindModel } from '../activities/models/create-models.ts';
import { createSharedLimiter, limitsFolder } from '../activities/models/limiter/shared.ts';
import { createRecipeReader } from '../activities/recipes.ts';
import { chooseSandbox } from '../activities/sandboxes/choose.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import type { SandboxProvider } from '../activities/sandboxes/sandbox.ts';
import { sweepScratch } from '../activities/scratch.ts';
import { ASIDE, createFolderStore, type Store } from '../activities/store.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { readSecret } from '../config/secrets.ts';
import { seconds } from '../core/duration.ts';
import type { Pool } from '../core/names.ts';

/** What every pool's composition root begins with. */
export function openPool(pool: Pool) {
  const root = packageRoot();
  const environment = readEnvironment(root);
  const log = createLogger(environment.logLevel, { pool, pid: process.pid });
  installRuntime(environment, log);
  const store = createFolderStore(`${environment.home}/store`);
  return {
    root,
    environment,
    stopGraceMs: seconds(environment.stopGrace) * 1000,
    log,
    store,
    recipe: createRecipeReader(store),
    draining: new AbortController(),
  };
}

/** Removes what dead processes of this machine were making: a worker that begins often begins in the place of one. */
export async function sweepFiles({ home }: Environment, store: Store): Promise<void> {
  await sweepScratch(homePaths(home).scratch);
  await sweepScratch(store.path(ASIDE));
}

/** The sandbox of this machine; warned of where it does not isolate. */
export async function openSandboxes(environment: Environment, log: Logger): Promise<SandboxProvider> {
  const { provider, warning } = await chooseSandbox({ home: environment.home, unsafe: environment.unsafeSandbox });
  if (warning !== null) log.warn(warning);
  return provider;
}

/** The language models that a recipe names, under limits that all processes of this home share. */
export function openModels({ home, servingHost, messagesUrl }: Environment): {
  models: FindModel;
  close(): Promise<void>;
} {
  const limiter = createSharedLimiter({ folder: limitsFolder(home, servingHost), host: servingHost });
  const models = atAddress(createModels({ limiter, secret: readSecret }), messagesUrl);
  return { models, close: async () => limiter.close() };
}

function installRuntime(environment: Environment, log: Logger): void {
  const port = environment.metricsPort;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => log.warn(message, { level, ...meta })),
    telemetryOptions: {
      logging: { filter: { core: 'ERROR', other: 'ERROR' } },
      ...(port > 0 ? { metrics: { prometheus: { bindAddress: `127.0.0.1:${port}` } } } : {}),
    },
    // Pools stop by their own rule: first the drain, then the workers.
    shutdownSignals: [],
  });
}
