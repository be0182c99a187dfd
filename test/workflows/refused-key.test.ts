import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { runTrajectories } from '../../activities/export/run-trajectories.ts';
import { createMachineJanitor } from '../../activities/janitor.ts';
import type { ExportedTrajectory } from '../../core/export/trajectory.ts';
import { keys } from '../../core/names.ts';
import { record as recordSchema } from '../../core/record.ts';
import type { RunStatus } from '../../core/status.ts';
import { micropaperBrain } from '../servers/messages/brains.ts';
import type { MessagesServer } from '../servers/messages/server.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { messagesServer } from '../support/messages-server.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** A paper of one experiment, and what its programs print. */
const sandboxes = fakeSandboxes(({ command }) => {
  if (command === 'cat paper.md') return { output: 'e01 lr=08 depth=28 .' };
  return { output: command.startsWith('sh eval.sh') ? 'e01 acc=24' : '' };
});
/** Whether a rollout's workspace was filled with what belongs there at the beginning. */
const isFilled = (rollout: string, effects: readonly string[]): boolean =>
  effects.some((effect) => effect.startsWith(`${rollout}/start:`));
const sweepMachine = () =>
  new MockActivityEnvironment({}, { client: world.client }).run(
    createMachineJanitor({ sandboxes, store: world.store, scratch: folder() }).sweepMachine,
  );

/** Fewer than one rollout needs: none can end before the refusal, however they take turns. */
const ANSWERED = 5;
const folder = temporaryFolders();
let world: World;
let server: MessagesServer;
beforeAll(async () => {
  world = await openWorld({ sandboxes, secret: () => 'sk-test' });
  server = await messagesServer({ brain: micropaperBrain() });
});
afterAll(() => world.close());

const recipe = (patience = '10m') =>
  tinyRecipe({
    models: { claude: { type: 'anthropic', model: 'claude-test', baseUrl: server.baseUrl, patience } },
    policies: { teacher: { type: 'model', model: 'claude' } },
    stages: [{ type: 'distill', policy: 'teacher', rolloutsPerTask: 3, timeout: '1500s', accept: { minScore: 0 } }],
  });
const start = (given: unknown, id: string) =>
  world.client.workflow.start('train', { workflowId: `${world.run}-${id}`, taskQueue: world.queue, args: [given] });

test('a key that is refused parks the run with a clear word, and once it is mended every rollout goes on at its turn', async () => {
  await world.whileWorking(async () => {
    server.set({
      fault: (_, count) =>
        count > ANSWERED ? { type: 'status', status: 401, message: 'invalid x-api-key' } : undefined,
    });
    const handle = await start(recipe(), 'key');
    const status = (): Promise<RunStatus> => handle.query('status');
    await eventually(async () => (await status()).state === 'parked');
    expect((await status()).waitsFor).toBe(
      'stage distill failed (ProviderRefused: the provider refuses the key in ANTHROPIC_API_KEY (401: invalid x-api-key); ' +
        'mend it, start the workers again, then resume); waits for resume, skip or abort',
    );
    const folder = `${keys.run(handle.workflowId)}/rollouts`;
    const before = await world.store.list(folder);
    for (const rollout of before) expect(await world.store.exists(keys.record(rollout))).toBe(false);
    const answered = server.served.filter(({ status: code }) => code === 200).length;

    // Meanwhile the janitor comes by, who finds none of its rollouts running.
    expect(await sweepMachine()).toMatchObject({ sandboxes: 0 });
    expect(sandboxes.names().toSorted()).toEqual(before);
    const { length: played } = sandboxes.effects;

    server.set({ fault: () => undefined });
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 6, scored: 6, infraFailed: 0 });
    const effects = sandboxes.effects.slice(played);
    expect(before.filter((rollout) => isFilled(rollout, effects))).toEqual([]);
    const turns = await Promise.all(
      (await world.store.list(folder)).map(async (rollout) => {
        const found = recordSchema.parse(await world.store.readJson(keys.record(rollout)));
        expect(found.policyVersions).toEqual([expect.stringMatching(/^claude-test\/[0-9a-f]{12}$/)]);
        const records = await readTurnLog(world.store.path(keys.turns(rollout)));
        return records.filter(({ type }) => type === 'acted').length;
      }),
    );
    const paid = server.served.filter(({ status: code }) => code === 200).length;
    expect(answered).toBe(ANSWERED);
    expect(turns.reduce((sum, count) => sum + count, 0)).toBe(paid);
  });
});

test('a provider that is away for longer than the patience of all attempts loses no rollout', async () => {
  await world.whileWorking(async () => {
    let refused = 0;
    server.set({ fault: () => ((refused += 1) <= 30 ? { type: 'status', status: 529 } : undefined) });
    const handle = await start(recipe('1s'), 'away');
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 6, scored: 6, infraFailed: 0 });
  });
});

test('an export has what the teacher was told when it played, whatever the prompts say by then', async () => {
  const root = folder();
  cpSync('prompts', join(root, 'prompts'), { recursive: true });
  writeFileSync(join(root, 'prompts/agent/micropaper-tools.md'), 'Other words, within {{budget}}.\n');
  const exported = async (): Promise<ExportedTrajectory[]> => {
    const found: ExportedTrajectory[] = [];
    const of = { run: `${world.run}-away`, stage: 'distill', all: true, root };
    for await (const trajectory of runTrajectories(world.store, of)) found.push(trajectory);
    return found;
  };
  const [first, ...rest] = await exported();
  expect(rest).toHaveLength(5);
  expect(first?.system).toContain('You have 25 min in all');
  expect(first?.tools.map(({ name }) => name)).toEqual(['bash', 'submit']);
  expect(first).not.toHaveProperty('isAssumed');
  expect(JSON.stringify(server.served.at(-1)?.body.system)).toContain(JSON.stringify(first?.system).slice(1, -1));

  for (const file of await world.store.list('told')) await world.store.remove(`told/${file}`);
  expect((await exported())[0]).toMatchObject({ system: 'Other words, within 25 min.', isAssumed: true });
});
