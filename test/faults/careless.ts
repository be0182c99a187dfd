import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { FaultClass } from './classes.ts';
import type { World } from './world.ts';

const NONSENSE: unknown[] = [null, 7, 'progress', {}, { name: 'distill' }, { name: 'no-such-stage', planned: -1 }];

/** What operators and other programs send by mistake: twice, in the wrong order, too large, or nonsense. */
export const careless = (ready: FaultClass['ready']): FaultClass[] => [
  { name: 'signals twice and reordered', ready, strike: twice, sign: 'any', lane: 'messages' },
  { name: 'payloads too large', ready, strike: tooLarge, sign: 'any', lane: 'messages' },
  { name: 'nonsense signals', ready, strike: nonsense, sign: 'any', lane: 'messages' },
];

/** Signals and updates; what the server or the run refuses is refused. */
async function send(sending: Promise<unknown>): Promise<void> {
  await sending.catch(() => undefined);
}

const stageOf = async (handle: WorkflowHandle, run: string): Promise<string> => {
  const { stage } = await handle.query<{ stage: string | null }>('status');
  return `${run}.${stage}`;
};

async function twice(world: World): Promise<void> {
  await world.withClient(async (client) => {
    const run = client.workflow.getHandle(world.run);
    const stage = client.workflow.getHandle(await stageOf(run, world.run));
    await Promise.all(['resume', 'pause', 'resume', 'pause'].map((name) => send(stage.signal(name))));
    await Promise.all(['pause', 'pause', 'resume'].map((name) => send(run.executeUpdate(name, { args: [{}] }))));
    await delay(1000);
    await send(run.executeUpdate('resume', { args: [{}] }));
  });
  await certainlyResumed(world);
}

/** Whatever order the signals came in, the operator's last word is `resume`. */
async function certainlyResumed(world: World): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const done = await world.withClient(async (client) => {
      const run = client.workflow.getHandle(world.run);
      const { status } = await run.describe();
      if (status.name !== 'RUNNING') return true;
      const stage = client.workflow.getHandle(await stageOf(run, world.run));
      await send(run.executeUpdate('resume', { args: [{}] }));
      await send(stage.signal('resume'));
      await delay(500);
      const { state } = await run.query<{ state: string }>('status');
      return state !== 'paused';
    });
    if (done) return;
    await delay(500);
  }
}

async function tooLarge(world: World): Promise<void> {
  const large = { reason: 'x'.repeat(3_000_000) };
  await world.withClient(async (client) => {
    const run = client.workflow.getHandle(world.run);
    await send(run.signal('progress', { name: 'distill', note: 'x'.repeat(1_500_000) }));
    await send(run.signal('progress', large));
    await send(run.executeUpdate('skip', { args: [large] }));
  });
}

async function nonsense(world: World): Promise<void> {
  await world.withClient(async (client) => {
    const run = client.workflow.getHandle(world.run);
    const stage = client.workflow.getHandle(await stageOf(run, world.run));
    for (const payload of NONSENSE) await send(run.signal('progress', payload));
    await send(run.signal('no-such-signal', 1));
    await send(run.executeUpdate('skip', { args: ['distill'] }));
    await send(run.executeUpdate('pause', { args: [7] }));
    await send(run.executeUpdate('resume', { args: [null] }));
    await send(stage.signal('no-such-signal', { deep: NONSENSE }));
  });
  await certainlyResumed(world);
}
