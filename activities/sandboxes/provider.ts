import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { Busy } from './answers.ts';
import { openSandbox } from './client.ts';
import { closes } from './closes.ts';
import { listAbandoned, removeElsewhere } from './elsewhere.ts';
import { SandboxLost } from './errors.ts';
import { folderOf, hasCutShort, listSandboxes, sandboxesFolder } from './folders.ts';
import { listHoldings } from './holdings.ts';
import { createLauncher, DESTROY_MS, type Launcher } from './launcher.ts';
import type { SandboxInfo, SandboxProvider } from './sandbox.ts';

/** Longer than a supervisor is ever busy with one thing, on a machine that is busy too. */
const PATIENCE_MS = 45_000;

/** The provider for both kinds: they differ only in what the spawner runs in. */
export function createProvider(options: {
  kind: SandboxProvider['kind'];
  home: string;
  bwrap: string | null;
  python?: string | undefined;
  patienceMs?: number | undefined;
  machine?: string | undefined;
}): SandboxProvider {
  const launcher = createLauncher(options.python);
  const here = (): Promise<string> => sandboxesFolder(options.home, options.machine);
  return {
    kind: options.kind,
    async open(spec) {
      const sandboxes = await here();
      const { bwrap, patienceMs = PATIENCE_MS } = options;
      return openSandbox({ sandboxes, launcher, bwrap, patienceMs }, folderOf(sandboxes, spec.id), spec);
    },
    async list() {
      const folder = await here();
      if (await hasCutShort(folder)) await launcher.ask({ op: 'sweep', folder }, DESTROY_MS);
      return [...(await listSandboxes(folder)), ...(await listAbandoned(launcher, folder))].toSorted(byId);
    },
    holdings: async () => listHoldings(await here()),
    async destroy(id) {
      const sandboxes = await here();
      await destroyHere(launcher, folderOf(sandboxes, id));
      await removeElsewhere(launcher, sandboxes, basename(folderOf(sandboxes, id)));
    },
  };
}

const byId = (a: SandboxInfo, b: SandboxInfo): number => (a.id < b.id ? -1 : 1);

/** By its supervisor, or by force. */
async function destroyHere(launcher: Launcher, folder: string): Promise<void> {
  if (!existsSync(folder) || (await closes(folder))) return;
  try {
    await launcher.ask({ op: 'destroy', folder }, DESTROY_MS);
  } catch (error) {
    throw error instanceof Busy ? new SandboxLost(error.message, { cause: error }) : error;
  }
}
