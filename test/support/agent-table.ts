import { MockActivityEnvironment } from '@temporalio/testing';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { createRunAgent, type RunAgentInput, type RunAgentResult } from '../../activities/run-agent.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { createFolderStore } from '../../activities/store.ts';
import { keys, rolloutId } from '../../core/names.ts';
import { recipe } from '../../core/recipe.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { gatedPolicy } from './gated-policy.ts';
import { tinyRecipe } from './recipes.ts';
import { temporaryFolder } from './temporary.ts';

/** Makes rollouts to be played, attempt by attempt; called at the top of the file. */
export function agentTables() {
  const root = temporaryFolder();
  const settings = recipe.parse(tinyRecipe());
  let tables = 0;

  /** A rollout of its own, with everything that its attempts share. */
  function table(given?: Policy) {
    tables += 1;
    const store = createFolderStore(`${root}/${tables}`);
    const place = { run: `run-${tables}`, stage: 'distill', step: '0', task: 'train-0', member: 0 };
    const input: RunAgentInput = {
      place,
      policy: 'teacher',
      timeout: '1500s',
      recipe: { uri: 'store:recipe', sha256: 'x', bytes: 1 },
    };
    const policy = gatedPolicy();
    const sandboxes = fakeSandboxes();
    const draining = new AbortController();
    const activities = createRunAgent({
      store,
      sandboxes,
      devices: createDeviceAllocator({ devices: [], shared: [] }),
      scratch: `${root}/scratch`,
      recipe: async () => settings,
      policy: () => given ?? policy,
      instructions: async () => 'reproduce it',
      draining: draining.signal,
    });
    const id = rolloutId(place);
    const attempt = () => {
      const environment = new MockActivityEnvironment();
      const result: Promise<RunAgentResult> = environment.run(activities.runAgent, input);
      return { environment, result };
    };
    return { store, policy, sandboxes, draining, id, attempt, knobs: keys.knobs(place.run, place.stage) };
  }

  return { table, settings };
}

/** What came back from the calls of a rollout. */
export const outputsIn = async (file: string): Promise<string[]> =>
  (await readTurnLog(file)).flatMap((record) =>
    record.type === 'observed' ? record.observations.map(({ output }) => output) : [],
  );
