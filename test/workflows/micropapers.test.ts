import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createBubblewrap } from '../../activities/sandboxes/bubblewrap.ts';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { runTrajectories } from '../../activities/export/run-trajectories.ts';
import { packageRoot } from '../../activities/sandboxes/package-root.ts';
import { stageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { verdict as verdictSchema } from '../../core/record.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

let world: World;
const sandboxes = createBubblewrap({ home: temporaryFolder() });
/** The shipped recipe without what needs a trainer. */
const smoke = JSON.parse(readFileSync('config/recipes/smoke.json', 'utf8')) as { stages: { type: string }[] };
const distill = smoke.stages.filter(({ type }) => type === 'distill');
const evaluate = { type: 'evaluate', policies: ['teacher', 'idle'], rolloutsPerTask: 1, timeout: '1500s' };
const untrained = { ...smoke, stages: [...distill, evaluate] };
beforeAll(async () => {
  world = await openWorld({ sandboxes });
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [untrained] };
    await (await world.client.workflow.start('train', options)).result();
  });
});
afterAll(() => world.close());

test('in real sandboxes the scripted teacher scores far above the floor', async () => {
  const report = reportSchema.parse(await world.store.readJson(keys.report(world.run)));
  const meanOf = (policy: string): number =>
    report.evaluations.find((row) => row.policy === policy)?.mean ?? Number.NaN;
  expect(meanOf('idle')).toBe(0);
  expect(meanOf('teacher')).toBeGreaterThan(0.25);
});

test('a verdict names, leaf by leaf, what was checked and what was found', async () => {
  const rollouts = await world.store.list(`${keys.run(world.run)}/rollouts`);
  const rollout = rollouts.find((id) => id.includes('.distill.')) ?? '';
  const { leaves } = verdictSchema.parse(await world.store.readJson(keys.verdict(rollout)));
  expect(leaves.length).toBeGreaterThan(30);
  for (const leaf of leaves) expect(leaf).toMatchObject({ checked: expect.any(String), found: expect.any(String) });
});

test('every turn of a rollout is in its log, and none is charged beyond the budget', async () => {
  for (const rollout of await world.store.list(`${keys.run(world.run)}/rollouts`)) {
    const records = await readTurnLog(world.store.path(keys.turns(rollout)));
    expect(records.at(-1)).toMatchObject({ type: 'ended' });
    for (const record of records) expect('active' in record ? record.active : 0).toBeLessThanOrEqual(1500);
  }
});

test('the trajectories that the distillation kept can be exported, and all of them', async () => {
  const of = { run: world.run, stage: 'distill', root: packageRoot() };
  const exported = async (all: boolean): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id, turns } of runTrajectories(world.store, { ...of, all })) if (turns.length > 0) ids.push(id);
    return ids;
  };
  const stage = stageManifest.parse(await world.store.readJson(`${keys.stage(world.run, 'distill')}/manifest.json`));
  const leftOut = Object.values(stage.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  expect(await exported(false)).toEqual(stage.accepted);
  expect(await exported(true)).toHaveLength((stage.accepted?.length ?? 0) + leftOut);
  await expect(runTrajectories(world.store, { ...of, stage: 'rl-2h', all: false }).next()).rejects.toThrow(
    `the run "${world.run}" has no stage "rl-2h" that has ended; there is distill,`,
  );
});

test('no sandbox is left', async () => {
  expect(await sandboxes.list()).toEqual([]);
});
