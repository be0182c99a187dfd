import { createProvider } from './provider.ts';
import type { SandboxProvider } from './sandbox.ts';

/**
 * Sandboxes in bubblewrap below `<home>/sandboxes/<machine>`. `bwrap` is the program (default `/usr/bin/bwrap`), `python` the
 * interpreter of the supervisors. Whether bubblewrap works here is `probeBubblewrap`'s to say.
 */
export function createBubblewrap(options: {
  home: string;
  bwrap?: string;
  python?: string;
  patienceMs?: number;
  machine?: string;
}): SandboxProvider {
  const { bwrap = '/usr/bin/bwrap', ...rest } = options;
  return createProvider({ kind: 'bubblewrap', bwrap, ...rest });
}
