import { existsSync } from 'node:fs';
import { Busy } from './answers.ts';
import type { Setting } from './attach.ts';
import { openSandbox } from './client.ts';
import { SandboxLost } from './errors.ts';
import { folderOf, hasCutShort, listSandboxes, sandboxesFolder } from './folders.ts';
import { createLauncher, DESTROY_MS } from './launcher.ts';
import type { SandboxProvider } from './sandbox.ts';

/** Longer than a supervisor is ever busy with one thing, on a machine that is busy too. */
const PATIENCE_MS = 45_000;

/** The provider for both kinds: they differ only in what the spawner runs in. */
export function createProvider(options: {
  kind: SandboxProvider['kind'];
  home: string;
  bwrap: string | null;
  python?: string | undefined;
  patienceMs?: number | undefined;
}): SandboxProvider {
  const launcher = createLauncher(options.python);
  const setting = async (): Promise<Setting> => ({
    sandboxes: await sandboxesFolder(options.home),
    launcher,
    bwrap: options.bwrap,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
  });
  return {
    kind: options.kind,
    async open(spec) {
      const here = await setting();
      return openSandbox(here, folderOf(here.sandboxes, spec.id), spec);
    },
    async list() {
      const folder = await sandboxesFolder(options.home);
      if (await hasCutShort(folder)) await launcher.ask({ op: 'sweep', folder }, DESTROY_MS);
      return listSandboxes(folder);
    },
    async destroy(id) {
      const folder = folderOf(await sandboxesFolder(options.home), id);
      if (!existsSync(folder)) return;
      try {
        await launcher.ask({ op: 'destroy', folder }, DESTROY_MS);
      } catch (error) {
        throw error instanceof Busy ? new SandboxLost(error.message, { cause: error }) : error;
      }
    },
  };
}
