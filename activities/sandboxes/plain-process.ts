import { createProvider } from './provider.ts';
import type { SandboxProvider } from './sandbox.ts';

/**
 * The unsafe kind: a plain process with the user's own rights, which sees the host and its network. Time-outs, output and
 * journal are those of the sandbox; its limits on processes, memory and the workspace are only looked at now and then.
 * Mounts must lie below `/workspace`, and appear there as links.
 */
export function createPlainProcess(options: { home: string; python?: string }): SandboxProvider {
  return createProvider({ kind: 'process', home: options.home, bwrap: null, python: options.python });
}
