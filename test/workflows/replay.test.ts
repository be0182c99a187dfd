import { expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const folder = 'test/histories';
const scratch = temporaryFolder();
const histories = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** Replays a history under the id that it was recorded with, for names are computed from it. */
function replay(file: string, codePath = testServer().bundlePath): Promise<void> {
  const history = historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
  return Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);
}

test.each(histories)('the recorded history %s replays: what runs now could go on with it', async (file) => {
  await expect(replay(file)).resolves.toBeUndefined();
});

const STAGES = ['distill', 'evaluate', 'paperToTask', 'researchFactory', 'rlStage', 'rollout', 'sft', 'train'];
const TYPES = [...STAGES, 'janitor', 'notify'];
const RUNS = ['aborted', 'budget', 'factory', 'gated', 'parked', 'paused', 'quiet', 'resumed', 'skipped', 'told'];
const OTHERS = ['swept', 'swept-apart'];
const RL_STAGES = ['rl-aborted', 'rl-carried', 'rl-parked', 'rl-quiet', 'rl-tuned'];

test('there is a history of every workflow, and of every way a run can go', () => {
  const types = new Set(histories.map((file) => file.split('.')[1]));
  expect(types).toEqual(new Set(TYPES));
  const paths = new Set(histories.map((file) => file.split('.')[0]));
  expect(paths).toEqual(new Set([...RUNS, ...OTHERS, ...RL_STAGES]));
});

test('a changed workflow does not replay', async () => {
  const bundle = readFileSync(testServer().bundlePath, 'utf8');
  const changed = bundle.replaceAll('.prepareTasks.', '.planStage.');
  expect(changed).not.toBe(bundle);
  const codePath = join(scratch, 'changed.js');
  writeFileSync(codePath, changed);
  await expect(replay('quiet.train.json', codePath)).rejects.toThrow('TMPRL1100');
});
