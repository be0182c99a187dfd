import { readFileSync, writeFileSync } from 'node:fs';
import { StaleEpoch } from '../../activities/sandboxes/errors.ts';
import type {
  ExecRequest,
  ExecResult,
  Found,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
} from '../../activities/sandboxes/sandbox.ts';

type Run = (request: ExecRequest) => Partial<ExecResult> | Promise<Partial<ExecResult>>;

/** Sandboxes in memory that keep the promises of the interface: a journal by call id, a fence by epoch, a workspace that outlives detaching. */
export interface FakeSandboxes extends SandboxProvider {
  /** Every call that had an effect, in order: `<sandbox>/<call>: <command>`. */
  effects: string[];
  /** Names of the sandboxes that are open. */
  names(): string[];
  /** The machine is gone, with everything on it. */
  loseAll(): void;
}

interface Machine {
  journal: Map<string, ExecResult>;
  workspace: string[];
  epoch: number;
  spec: SandboxSpec;
}

export function fakeSandboxes(run: Run = () => ({})): FakeSandboxes {
  const machines = new Map<string, Machine>();
  const effects: string[] = [];

  function fence(machine: Machine, epoch: number): void {
    if (epoch < machine.epoch) throw new StaleEpoch(`epoch ${epoch} is older than ${machine.epoch}`);
    machine.epoch = epoch;
  }

  async function exec(machine: Machine, request: ExecRequest): Promise<ExecResult> {
    fence(machine, request.epoch);
    const before = machine.journal.get(request.callId);
    if (before) return { ...before, replayed: true };
    effects.push(`${machine.spec.id}/${request.callId}: ${request.command}`);
    machine.workspace.push(request.command);
    const usual = {
      exitCode: request.command === 'false' ? 1 : 0,
      output: '',
      ended: 'exit',
      seconds: 0.001,
      slept: 0,
      replayed: false,
    } as const;
    const result: ExecResult = { ...usual, ...(await run(request)) };
    machine.journal.set(request.callId, result);
    return result;
  }

  const sandboxOf = (machine: Machine): Sandbox => ({
    id: machine.spec.id,
    seenEpoch: machine.epoch,
    exec: (request) => exec(machine, request),
    snapshot: async (file) => writeFileSync(file, JSON.stringify(machine.workspace)),
    restore: async (file, epoch) => {
      fence(machine, epoch);
      machine.workspace = JSON.parse(readFileSync(file, 'utf8')) as string[];
    },
    detach: async () => undefined,
    close: async () => void machines.delete(machine.spec.id),
  });

  async function open(spec: SandboxSpec): Promise<{ sandbox: Sandbox; found: Found }> {
    const found = machines.has(spec.id) ? 'attached' : 'new';
    const machine = machines.get(spec.id) ?? { journal: new Map(), workspace: [], epoch: -1, spec };
    machines.set(spec.id, machine);
    return { sandbox: sandboxOf(machine), found };
  }

  return {
    kind: 'bubblewrap',
    effects,
    open,
    names: () => [...machines.keys()],
    loseAll: () => machines.clear(),
    list: async () =>
      [...machines.values()].map(({ spec: { id, labels } }) => ({ id, labels, alive: true, lastUsed: 0 })),
    destroy: async (id) => void machines.delete(id),
  };
}
