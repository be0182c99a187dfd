import { expect, test } from '@jest/globals';
import { play, type Game } from '../../../activities/agent/play.ts';
import { ContextFull, type Policy } from '../../../activities/policies/policy.ts';
import type { SandboxSpec } from '../../../activities/sandboxes/sandbox.ts';
import type { TurnRecord } from '../../../core/trajectory.ts';
import { fakeSandboxes, type FakeSandboxes } from '../../support/fake-sandboxes.ts';
import { microScaffold } from '../../support/scaffold.ts';

const usage = { inputTokens: 10, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };

/** A policy that says these commands one after the other, and then submits. */
function says(...commands: string[]): Policy & { asked: number } {
  const policy = {
    asked: 0,
    async nextTurn({ turns }: Parameters<Policy['nextTurn']>[0]) {
      policy.asked += 1;
      const command = commands[turns.length];
      const id = `t${turns.length}.0`;
      const call = command === undefined ? { id, name: 'submit', input: {} } : { id, name: 'sh', input: { command } };
      return { text: command ?? 'submit', calls: [call], usage, policyVersion: 'v1' };
    },
  };
  return policy;
}

interface Table {
  game: Game;
  records: TurnRecord[];
  sandboxes: FakeSandboxes;
}

async function table(policy: Policy, changes: Partial<Game> = {}, sandboxes = fakeSandboxes()): Promise<Table> {
  const records: TurnRecord[] = [];
  const { sandbox } = await sandboxes.open({ id: 'a.rollout' } as SandboxSpec);
  const game: Game = {
    rollout: 'run.distill.0.task.0',
    instructions: 'reproduce it',
    policy,
    sandbox,
    log: { append: async (record) => void records.push(record), close: async () => undefined },
    epoch: 1,
    clock: { type: 'virtual', turnSeconds: 4, callSeconds: 1 },
    budgetSeconds: () => 100,
    maxTurns: 50,
    callTimeoutSeconds: 60,
    ...microScaffold(),
    mayGoOn: async () => true,
    signal: new AbortController().signal,
    ...changes,
  };
  return { game, records, sandboxes };
}

test('a rollout plays turn by turn until it submits', async () => {
  const { game, records, sandboxes } = await table(says('ls', 'cat paper.md'));
  expect(await play(game, [])).toMatchObject({ end: 'submitted', active: 2 * (4 + 1) + 4 });
  expect(sandboxes.effects).toEqual(['a.rollout/t0.0: ls', 'a.rollout/t1.0: cat paper.md']);
  expect(records.map(({ type }) => type)).toEqual([
    'acted',
    'observed',
    'acted',
    'observed',
    'acted',
    'observed',
    'ended',
  ]);
});

test('an answer is durable before any of its calls runs', async () => {
  const seen: string[] = [];
  const sandboxes = fakeSandboxes(() => {
    seen.push(records.at(-1)?.type ?? 'nothing');
    return {};
  });
  const { game, records } = await table(says('ls'), {}, sandboxes);
  await play(game, []);
  expect(seen).toEqual(['acted']);
});

test('taken up again after a crash at any record, it asks for no answer twice and runs no call twice', async () => {
  const policy = says('ls', 'pwd', 'date');
  const whole = await table(policy);
  await play(whole.game, []);
  for (let cut = 0; cut <= whole.records.length; cut += 1) {
    const again = says('ls', 'pwd', 'date');
    const { game, records } = await table(again, { epoch: 2 }, whole.sandboxes);
    const before = whole.records.slice(0, cut);
    const played = await play(game, before);
    expect(played).toMatchObject({ end: 'submitted', active: 19 });
    expect(again.asked).toBe(4 - before.filter(({ type }) => type === 'acted').length);
    expect([...before, ...records].filter(({ type }) => type === 'observed')).toHaveLength(4);
  }
  expect(whole.sandboxes.effects).toHaveLength(3);
});

test('the budget cuts it at T: the last call is not run, and nothing is charged beyond T', async () => {
  const { game, sandboxes } = await table(says('a', 'b', 'c', 'd'), { budgetSeconds: () => 14 });
  expect(await play(game, [])).toMatchObject({ end: 'budget', active: 14 });
  expect(sandboxes.effects).toEqual(['a.rollout/t0.0: a', 'a.rollout/t1.0: b']);
});

test('a call that sleeps past T is cut there', async () => {
  const sandboxes = fakeSandboxes(({ clockSeconds = 0 }) => ({ ended: 'budget', exitCode: null, slept: clockSeconds }));
  const { game, records } = await table(says('sleep 1000'), { budgetSeconds: () => 30 }, sandboxes);
  expect(await play(game, [])).toMatchObject({ end: 'budget', active: 30 });
  expect(records.find(({ type }) => type === 'observed')).toMatchObject({
    observations: [{ ended: 'budget', exitCode: null, seconds: 26 }],
  });
});

test('with the virtual clock, what programs sleep is charged and measured time is not', async () => {
  const sandboxes = fakeSandboxes(() => ({ slept: 20, seconds: 3 }));
  const { game } = await table(says('sh run.sh e01'), {}, sandboxes);
  expect(await play(game, [])).toMatchObject({ active: 4 + 1 + 20 + 4 });
});

test('with the metered clock, thinking costs its rate and tools what was measured', async () => {
  const sandboxes = fakeSandboxes(() => ({ seconds: 3 }));
  const clock = { type: 'metered', turnSeconds: 1, secondsPerOutputToken: 0.5 } as const;
  const { game } = await table(says('make'), { clock }, sandboxes);
  expect(await play(game, [])).toMatchObject({ active: 1 + 2 * 0.5 + 3 + 1 + 2 * 0.5 });
});

test('too many turns end it', async () => {
  const { game } = await table(says('a', 'b', 'c'), { maxTurns: 2 });
  expect(await play(game, [])).toMatchObject({ end: 'turns', turns: { length: 2 } });
});

test('a pause stops it between two turns, with both records written', async () => {
  const { game, records } = await table(says('a', 'b'), { mayGoOn: async ({ turn }) => turn < 1 });
  expect(await play(game, [])).toMatchObject({ end: 'paused', turns: { length: 1 } });
  expect(records.map(({ type }) => type)).toEqual(['acted', 'observed']);
});

test('an abort lets go of a call that runs, and its answer is taken from the journal later', async () => {
  const leaving = new AbortController();
  let finish = (): void => undefined;
  const sandboxes = fakeSandboxes(async () => {
    leaving.abort(new Error('the worker leaves'));
    await new Promise<void>((resolve) => (finish = resolve));
    return { output: 'done' };
  });
  const { game, records } = await table(says('make'), { signal: leaving.signal }, sandboxes);
  await expect(play(game, [])).rejects.toThrow('the worker leaves');
  finish();
  const heir = await table(says('make'), { epoch: 2 }, sandboxes);
  await play(heir.game, records);
  expect(heir.records[0]).toMatchObject({ type: 'observed', observations: [{ output: 'done' }] });
  expect(sandboxes.effects).toHaveLength(1);
});

test('what a person at the terminal would have noticed is said once, in the next observation', async () => {
  const { game, records } = await table(says('a', 'b'), { notice: '[the machine was replaced]' });
  await play(game, []);
  const outputs = records
    .flatMap((record) => (record.type === 'observed' ? record.observations : []))
    .map(({ output }) => output);
  expect(outputs).toEqual(['[the machine was replaced]', '']);
});

test('a policy that has no room for another turn ends the rollout as `context`, which is played no further when taken up again', async () => {
  const policy = says('ls', 'pwd');
  const asks = policy.nextTurn.bind(policy);
  policy.nextTurn = async (request, signal) => {
    if (request.turns.length === 2) throw new ContextFull('the prefix holds 60 tokens');
    return asks(request, signal);
  };
  const { game, records } = await table(policy);
  expect(await play(game, [])).toMatchObject({ end: 'context', active: 2 * (4 + 1) });
  expect(records.at(-1)).toMatchObject({ type: 'ended', end: 'context', turn: 2 });
  expect(await play(game, records)).toMatchObject({ end: 'context', active: 10 });
});

test('any other failure of the policy is not an end', async () => {
  const policy = says('ls');
  policy.nextTurn = async () => {
    throw new Error('the server is gone');
  };
  const { game, records } = await table(policy);
  await expect(play(game, [])).rejects.toThrow('the server is gone');
  expect(records).toEqual([]);
});

test('what the policy waited for its server is not charged, and stands in the turn log', async () => {
  const policy = says('ls');
  const asks = policy.nextTurn.bind(policy);
  policy.nextTurn = async (request, signal) => ({ ...(await asks(request, signal)), waitedSeconds: 1000 });
  const { game, records } = await table(policy, { clock: { type: 'wall' } });
  const { active } = await play(game, []);
  expect(active).toBeGreaterThanOrEqual(0);
  expect(active).toBeLessThan(1);
  expect(records[0]).toMatchObject({ type: 'acted', waited: 1000 });
});
