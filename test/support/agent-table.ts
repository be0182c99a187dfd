import { MockActivityEnvironment } from '@temporalio/testing';
import { createRunAgent, type RunAgentInput, type RunAgentResult } from '../../activities/run-agent.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import { createFolderStore } from '../../activities/store.ts';
import { keys, rolloutId } from '../../core/names.ts';
import { recipe } from '../../core/recipe.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { gatedPolicy } from './gated-policy.ts';
import { tinyRecipe } from './recipes.ts';
import { temporaryFolder } from './temporary.ts';

const root = temporaryFolder();
const settings = recipe.parse(tinyRecipe());
let tables = 0;

/** A rollout of its own, with everything that its attempts share. */
export function agentTable(given?: Policy) {
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
