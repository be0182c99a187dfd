import { afterAll } from '@jest/globals';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Policy } from '../../activities/policies/policy.ts';
import { createRunAgent, type RunAgentInput, type RunAgentResult } from '../../activities/run-agent.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import type { SandboxProvider } from '../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../activities/store.ts';
import { recipe } from '../../core/recipe.ts';
import { gatedPolicy, type GatedPolicy } from './gated-policy.ts';
import { tinyRecipe } from './recipes.ts';

interface Attempt {
  environment: MockActivityEnvironment;
  result: Promise<RunAgentResult>;
}

/** The file names of these GPUs are of devices that any machine has. */
const FILES: Record<string, string> = { '0': '/dev/zero', '1': '/dev/full', '2': '/dev/random' };

const settingsWith = (changes: object) =>
  recipe.parse(
    tinyRecipe({
      tasks: { type: 'micropapers', train: 2, heldout: 1, gpus: 1 },
      rollout: { clock: { type: 'virtual' }, heartbeat: '1s', ...changes },
    }),
  );

/** Workers of one machine, one after the other, whose rollouts hold a GPU each; called at the top of the file. */
export function gpuMachines() {
  const begun: Attempt[] = [];
  // What a worker had in flight when it was killed never ends, but with the tests.
  afterAll(async () => {
    for (const { environment } of begun)
      environment.cancel('CANCELLED', new ActivityCancellationDetails({ paused: true }));
    await Promise.allSettled(begun.map(({ result }) => result));
  });

  /** A machine with a store and sandboxes, which outlive its workers. */
  return ({ root, sandboxes, ...changes }: { root: string; sandboxes: SandboxProvider; stuckAfter?: string }) => {
    const settings = settingsWith(changes);
    const store = createFolderStore(`${root}/store`);

    /** A worker that knows of these GPUs; each rollout takes its turns as its gate gives leave. */
    function worker(...gpus: string[]) {
      const gates: GatedPolicy[] = [];
      const gate = (member: number): GatedPolicy => (gates[member] ??= gatedPolicy());
      const devices = createDeviceAllocator(
        { devices: gpus.map((id) => ({ id, path: FILES[id]! })), shared: [] },
        { holdings: () => sandboxes.holdings(), lookMs: 5 },
      );
      const draining = new AbortController();
      const { runAgent } = createRunAgent({
        store,
        sandboxes,
        devices,
        scratch: `${root}/scratch`,
        recipe: async () => settings,
        policy: () => showing(gate),
        instructions: async () => 'reproduce it',
        draining: draining.signal,
      });
      const play = (member: number): Attempt => {
        const environment = new MockActivityEnvironment();
        const result: Promise<RunAgentResult> = environment.run(runAgent, inputOf(member));
        const attempt = { environment, result };
        attempt.result.catch(() => undefined);
        begun.push(attempt);
        return attempt;
      };
      return { play, devices, draining, gate };
    }

    return { store, worker };
  };
}

/** The rollout of the number. */
const inputOf = (member: number): RunAgentInput => ({
  place: { run: 'run', stage: 'distill', step: '0', task: 'train-0', member },
  policy: 'teacher',
  timeout: '1500s',
  recipe: { uri: 'store:recipe', sha256: 'x', bytes: 1 },
});

/** Calls that show the devices. */
const showing = (gate: (member: number) => Policy): Policy => ({
  async nextTurn(request, signal) {
    const turn = await gate(Number(request.rollout.split('.').at(-1))).nextTurn(request, signal);
    const calls = turn.calls.map((call) =>
      call.name === 'sh' ? { ...call, input: { command: 'echo $CUDA_VISIBLE_DEVICES' } } : call,
    );
    return { ...turn, calls };
  },
});
