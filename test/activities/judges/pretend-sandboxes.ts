import type {
  ExecRequest,
  ExecResult,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
} from '../../../activities/sandboxes/sandbox.ts';

export type Answer = Partial<ExecResult> | Error;

/** What a provider without machines was asked, in order: `open x`, `restore x.tar`, `exec cat runs.txt`, `close x`. */
export interface PretendSandboxes extends SandboxProvider {
  log: string[];
  specs: SandboxSpec[];
}

/** A provider whose sandboxes answer commands from a table; any other behaviour is put in by name. */
export function pretendSandboxes(
  answers: Record<string, Answer>,
  behaviour: { found?: 'new' | 'attached'; restore?: Error; close?: Error } = {},
): PretendSandboxes {
  const log: string[] = [];
  const specs: SandboxSpec[] = [];
  async function fail(error: Error | undefined): Promise<void> {
    if (error) throw error;
  }
  const open = (spec: SandboxSpec): Sandbox => ({
    id: spec.id,
    seenEpoch: -1,
    async exec({ command }: ExecRequest) {
      log.push(`exec ${command}`);
      const answer = answers[command] ?? { exitCode: 127, output: `sh: ${command}: not found` };
      if (answer instanceof Error) throw answer;
      return { exitCode: 0, output: '', ended: 'exit', seconds: 0, slept: 0, replayed: false, ...answer };
    },
    snapshot: () => fail(new Error('a judge takes no snapshot')),
    restore(file) {
      log.push(`restore ${file}`);
      return fail(behaviour.restore);
    },
    detach: () => fail(new Error('a judge does not detach')),
    close() {
      log.push(`close ${spec.id}`);
      return fail(behaviour.close);
    },
  });
  return {
    kind: 'process',
    log,
    specs,
    async open(spec) {
      log.push(`open ${spec.id}`);
      specs.push(spec);
      return { sandbox: open(spec), found: behaviour.found ?? 'new' };
    },
    list: () => Promise.resolve([]),
    holdings: () => Promise.resolve([]),
    async destroy(id) {
      log.push(`destroy ${id}`);
    },
  };
}
