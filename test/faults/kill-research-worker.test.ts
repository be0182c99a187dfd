import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { PaidCall } from '../../bench/simulated-papers.ts';
import { factoryReport } from '../../core/factory/factory-report.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWorld } from '../support/workflows.ts';

const home = temporaryFolder();
const PAPERS = 3;
const KILLS = 3;
const CALL_SECONDS = 0.8;
const workers: ChildProcess[] = [];
afterEach(() => workers.forEach((worker) => worker.kill('SIGKILL')));

/** The bench's research worker, which notes each call as a provider would on its bill. */
function startWorker(queue: string): ChildProcess {
  const script = ['-r', './tools/typescript.cjs', 'bench/simulated-research.ts'];
  const worker = spawn(process.execPath, [...script, ...[PAPERS, CALL_SECONDS, 1].map(String)], {
    cwd: resolve('.'),
    env: { ...process.env, LONGHAUL_HOME: home, LONGHAUL_QUEUE: queue, TEMPORAL_ADDRESS: testServer().address },
    stdio: 'ignore',
  });
  workers.push(worker);
  return worker;
}

function bill(): PaidCall[] {
  const file = join(home, 'bill.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as PaidCall);
}

test('kill -9 of a research worker repeats at most the call in flight, and never one whose answer was written', async () => {
  const world = await openWorld({ sandboxes: fakeSandboxes() });
  try {
    await world.whileWorking(async () => {
      let worker = startWorker(world.queue);
      const recipe = {
        name: 'killed',
        models: { builder: { type: 'anthropic', model: 'simulated' } },
        factory: {
          sources: [{ source: 'local', folder: 'nowhere' }],
          models: { builder: 'builder' },
          filters: [],
          rubric: { maxLeafShare: 0.5 },
          heartbeat: '3s',
          concurrency: 1,
          callsPerPaper: 1,
        },
      };
      const started = { workflowId: world.run, taskQueue: world.queue, args: [recipe] };
      const handle = await world.client.workflow.start('researchFactory', started);
      for (let kill = 0; kill < KILLS; kill += 1) {
        const before = bill().length;
        await eventually(() => bill().length > before);
        await delay(kill * 300);
        const ended = once(worker, 'exit');
        worker.kill('SIGKILL');
        await ended;
        worker = startWorker(world.queue);
      }
      expect(await handle.result()).toMatchObject({ papers: { found: PAPERS, made: PAPERS, failed: 0 } });
    });
    const different = new Set(bill().map(({ hash }) => hash)).size;
    expect(different).toBe(5 * PAPERS);
    expect(bill().length - different).toBeLessThanOrEqual(KILLS);
    expect(bill().filter(({ written }) => written)).toEqual([]);
    const report: unknown = JSON.parse(readFileSync(join(home, 'store', taskKeys.report(world.run)), 'utf8'));
    expect(factoryReport.parse(report).papers.map(({ outcome }) => outcome)).toEqual(['made', 'made', 'made']);
  } finally {
    await world.close();
  }
}, 180_000);
