import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { PlayedRecord } from '../../activities/agent/played.ts';
import { keys } from '../../core/names.ts';
import { verdict as verdictSchema, type Artifact } from '../../core/record.ts';
import { noUsage } from '../../core/trajectory.ts';
import { FILES, grade, requirementIn, rubricOf } from '../activities/judges/llm/table.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { messagesServer } from '../support/messages-server.ts';
import { testServer } from '../support/server.ts';
import { writeTaskFolder } from '../support/task-folders.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';
import { putSubmission } from '../support/workspaces.ts';

const LEAVES = 60;
const IN_FLIGHT = 4;
const KILLS = 2;
const folder = temporaryFolders();
const workers: ChildProcess[] = [];
afterEach(() => workers.forEach((worker) => worker.kill('SIGKILL')));

/** The judge's own worker, as `npm run worker -- judge` starts it, over the world's store. */
function startWorker({ queue, store }: World): ChildProcess {
  const worker = spawn(process.execPath, ['-r', './tools/typescript.cjs', 'workers/judge.ts'], {
    cwd: resolve('.'),
    env: {
      ...process.env,
      LONGHAUL_HOME: dirname(resolve(store.path(''))),
      LONGHAUL_QUEUE: queue,
      TEMPORAL_ADDRESS: testServer().address,
      ANTHROPIC_API_KEY: 'sk-test',
    },
    stdio: 'ignore',
  });
  workers.push(worker);
  return worker;
}

/** Leaves whose grades are in the file, where there is one by now. */
function gradedIn(file: string): string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.flatMap((line) => {
    try {
      return [(JSON.parse(line) as { grade: { requirements: string } }).grade.requirements];
    } catch {
      return []; // the end of the file, or a line that the kill tore
    }
  });
}

const played = (submission: Artifact): PlayedRecord => ({
  end: 'submitted',
  turns: 1,
  activeSeconds: 1,
  sandboxSeconds: 1,
  usage: noUsage(),
  submission,
  unsafeSandbox: false,
});

function recipe(baseUrl: string): object {
  const tasks = folder();
  writeTaskFolder(tasks, 'large', { 'rubric.json': JSON.stringify(rubricOf(LEAVES)) });
  return {
    name: 'killed',
    tasks: { type: 'folder', paths: [tasks], train: [], heldout: 'rest' },
    policies: { idle: { type: 'idle' } },
    models: { grader: { type: 'anthropic', model: 'claude-test', baseUrl } },
    judge: { type: 'llm', model: 'grader', variant: 'code-development', concurrency: IN_FLIGHT },
    rollout: { heartbeat: '2s' },
    stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '5m' }],
  };
}

test('kill -9 of a judge worker in mid-rubric asks no leaf again whose grade was kept, and the verdict is whole', async () => {
  const server = await messagesServer({ brain: () => grade(1), latencyMs: 100 });
  const handedIn: { submission?: Artifact } = {};
  const runAgent = async (): Promise<PlayedRecord> => played(handedIn.submission as Artifact);
  const world = await openWorld({ sandboxes: fakeSandboxes(), instead: { runAgent }, without: ['judge'] });
  try {
    const submission = await putSubmission(world.store, FILES, { folder: folder() });
    handedIn.submission = submission;
    const asked = (): string[] => server.served.map(({ body }) => requirementIn(body));
    const kept: { leaves: string[]; asked: number }[] = [];
    await world.whileWorking(async () => {
      let worker = startWorker(world);
      const options = { workflowId: world.run, taskQueue: world.queue, args: [recipe(server.baseUrl)] };
      const handle = await world.client.workflow.start('train', options);
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await eventually(() => server.served.length >= (kill * LEAVES) / (KILLS + 1));
        const ended = once(worker, 'exit');
        worker.kill('SIGKILL');
        await ended;
        const [judge = ''] = await world.store.list('judging');
        const file = world.store.path(keys.leafGrades(judge, submission.sha256));
        kept.push({ leaves: gradedIn(file), asked: server.served.length });
        worker = startWorker(world);
      }
      expect(await handle.result()).toMatchObject({ planned: 1, scored: 1, infraFailed: 0 });
    });
    for (const { leaves, asked: before } of kept) {
      expect(leaves.length).toBeGreaterThan(0);
      expect(leaves.length).toBeLessThan(LEAVES);
      const later = new Set(asked().slice(before));
      expect(leaves.filter((leaf) => later.has(leaf))).toEqual([]);
    }
    expect(new Set(asked()).size).toBe(LEAVES);
    expect(asked().length).toBeLessThanOrEqual(LEAVES + KILLS * IN_FLIGHT);
    const given = await world.store.readJson(keys.verdict(`${world.run}.evaluate-idle.heldout.large.0`));
    const { score, leaves, judge } = verdictSchema.parse(given);
    expect([score, leaves.length]).toEqual([1, LEAVES]);
    expect(await world.store.list('judging')).toEqual([judge]);
  } finally {
    await world.close();
  }
}, 180_000);
