import { readFileSync, writeFileSync } from 'node:fs';
import { StaleEpoch } from '../../activities/sandboxes/errors.ts';
import type {
  ExecRequest,
  ExecResult,
  Found,
  Holding,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
} from '../../activities/sandboxes/sandbox.ts';

/** Said once, by the first call after a restart. */
const RESTARTED = '[the sandbox was restarted on its workspace; its background processes are gone]\n';

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
  restarted: boolean;
}

const idsOf = ({ devices }: SandboxSpec): string => devices?.ids.join() ?? '';

const usual = ({ command }: ExecRequest) =>
  ({
    exitCode: command === 'false' ? 1 : 0,
    output: '',
    ended: 'exit',
    seconds: 0.001,
    slept: 0,
    replayed: false,
  }) as const;

/** One with other devices is opened anew on its workspace. */
function reach(before: Machine | undefined, spec: SandboxSpec): { machine: Machine; found: Found } {
  const fresh = { journal: new Map<string, ExecResult>(), workspace: [], epoch: -1, spec, restarted: false };
  if (!before) return { machine: fresh, found: 'new' };
  if (idsOf(before.spec) === idsOf(spec)) return { machine: before, found: 'attached' };
  return { machine: Object.assign(before, { spec, restarted: true }), found: 'reopened' };
}

const holdingsOf = (machines: Iterable<Machine>): Holding[] =>
  [...machines].flatMap(({ spec: { id, devices } }) => (devices?.ids.length ? [{ sandbox: id, devices }] : []));

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
    const note = machine.restarted ? { output: RESTARTED, restarted: true } : {};
    machine.restarted = false;
    const result: ExecResult = { ...usual(request), ...note, ...(await run(request)) };
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
    const { machine, found } = reach(machines.get(spec.id), spec);
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
    holdings: async () => holdingsOf(machines.values()),
    destroy: async (id) => void machines.delete(id),
  };
}
