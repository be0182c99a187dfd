import { createBubblewrap } from './bubblewrap.ts';
import { SandboxUnavailable } from './errors.ts';
import { createPlainProcess } from './plain-process.ts';
import { probeBubblewrap } from './probe.ts';
import type { SandboxProvider } from './sandbox.ts';

/**
 * Bubblewrap where it works. Elsewhere a plain process when `unsafe` allows it (LONGHAUL_UNSAFE_SANDBOX=1), with a `warning`
 * for every start and for the report; else SandboxUnavailable, which says what to do.
 */
export async function chooseSandbox(options: {
  home: string;
  unsafe: boolean;
  bwrap?: string;
  python?: string;
}): Promise<{ provider: SandboxProvider; warning: string | null }> {
  const { home, unsafe, bwrap, python } = options;
  const interpreter = python === undefined ? {} : { python };
  const probe = await probeBubblewrap(bwrap === undefined ? {} : { bwrap });
  if (probe.ok) {
    const provider = createBubblewrap({ home, ...interpreter, ...(bwrap === undefined ? {} : { bwrap }) });
    return { provider, warning: null };
  }
  if (!unsafe) {
    const way =
      'LONGHAUL_UNSAFE_SANDBOX=1 runs the agent as a plain process instead, with all that you may do yourself.';
    throw new SandboxUnavailable(`${probe.reason} ${way}`);
  }
  const warning = `UNSAFE SANDBOX: the agent runs as a plain process with the rights, files and network of this user. ${probe.reason}`;
  return { provider: createPlainProcess({ home, ...interpreter }), warning };
}
