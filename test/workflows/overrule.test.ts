import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createJudges, type FindJudge } from '../../activities/judges/create-judges.ts';
import { createModels } from '../../activities/models/create-models.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import { readPrompts } from '../../activities/prompts.ts';
import { createBubblewrap } from '../../activities/sandboxes/bubblewrap.ts';
import type { Store } from '../../activities/store.ts';
import { keys } from '../../core/names.ts';
import { record, verdict } from '../../core/record.ts';
import { report } from '../../core/report.ts';
import type { RunStatus } from '../../core/status.ts';
import { grade } from '../activities/judges/llm/table.ts';
import type { MessagesServer } from '../servers/messages/server.ts';
import { eventually } from '../support/eventually.ts';
import { messagesServer, PRICE } from '../support/messages-server.ts';
import { paperWriter } from '../support/paper-writer.ts';
import { writeTaskFolder } from '../support/task-folders.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

const folder = temporaryFolders();
const sandboxes = createBubblewrap({ home: folder() });
let world: World;
let server: MessagesServer;

beforeAll(async () => {
  server = await messagesServer({ brain: () => grade(1) });
  const prompts = readPrompts('prompts/judge');
  const models = createModels({ limiter: createLimiter(), secret: () => 'sk-test' });
  const judge = (store: Store): FindJudge => createJudges({ store, sandboxes, models, prompts });
  world = await openWorld({ sandboxes, policy: () => paperWriter, judge });
});
afterAll(() => world.close());

/** Two papers, of which one is cheated on; the run waits for a person after they were judged. */
function recipe(): object {
  const tasks = folder();
  for (const task of ['clear', 'forbidden']) writeTaskFolder(tasks, task);
  return {
    name: 'overruled',
    tasks: { type: 'folder', paths: [tasks], train: [], heldout: 'rest' },
    policies: { idle: { type: 'idle' } },
    models: { grader: { type: 'anthropic', model: 'claude-test', baseUrl: server.baseUrl, price: PRICE } },
    judge: { type: 'llm', model: 'grader', variant: 'code-development' },
    rollout: { agent: { submit: 'free' } },
    approve: { after: ['evaluate-idle'] },
    stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '5m' }],
  };
}

test('a person overrules the monitor by tune: the rollout is graded, and verdict, report and history say why', async () => {
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [recipe()] };
    const handle = await world.client.workflow.start('train', options);
    await eventually(async () => (await handle.query<RunStatus>('status')).state === 'waiting');
    const idOf = (task: string): string => `${world.run}.evaluate-idle.heldout.${task}.0`;
    const tune = (input: object): Promise<unknown> => handle.executeUpdate('tune', { args: [input] });
    const overrule = (rollout: string, reason = 'it got nothing'): Promise<unknown> =>
      tune({ overrule: { rollout, reason } });
    expect(await world.store.readJson(keys.record(idOf('forbidden')))).toMatchObject({ score: 0, violated: true });

    const says = (message: string) => ({ cause: { message: expect.stringContaining(message) as unknown } });
    await expect(overrule(idOf('clear'))).rejects.toMatchObject(says('has no violation that could be overruled'));
    await expect(overrule('other.distill.0.a.0')).rejects.toMatchObject(
      says('overrule.rollout: this run has no rollout of that name that has ended (got "other.distill.0.a.0")'),
    );
    await expect(overrule(idOf('forbidden'), ' ')).rejects.toMatchObject(says('overrule.reason'));
    const both = { overrule: { rollout: idOf('forbidden'), reason: 'x' }, concurrency: 2 };
    await expect(tune(both)).rejects.toMatchObject(says('overrule: is said in a message of its own'));
    const asked = server.served.length;

    expect(await overrule(idOf('forbidden'))).toEqual({
      state: 'waiting',
      stage: 'evaluate-idle',
      overruled: { before: 0, now: 1 },
    });
    expect(server.served.length).toBeGreaterThan(asked);
    const found = record.parse(await world.store.readJson(keys.record(idOf('forbidden'))));
    expect(found).toMatchObject({ outcome: 'scored', score: 1 });
    expect(found).not.toHaveProperty('violated');
    expect(verdict.parse(await world.store.readJson(keys.verdict(idOf('forbidden'))))).toMatchObject({
      score: 1,
      overruled: 'it got nothing',
    });
    await expect(overrule(idOf('forbidden'))).rejects.toMatchObject(says('has no violation'));

    await handle.executeUpdate('approve', { args: [{}] });
    await handle.result();
    const made = report.parse(await world.store.readJson(keys.report(world.run)));
    expect(made.evaluations).toMatchObject([{ n: 2, mean: 1 }]);
    expect(made.evaluations[0]).not.toHaveProperty('violations');
    const { events } = await handle.fetchHistory();
    const scheduled = events?.flatMap(({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name ?? []);
    expect(scheduled?.filter((name) => name === 'overruleMonitor')).toHaveLength(1);
  });
}, 120_000);
