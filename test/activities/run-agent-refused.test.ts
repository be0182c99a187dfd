import { expect, test } from '@jest/globals';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { keys } from '../../core/names.ts';
import { noUsage } from '../../core/trajectory.ts';
import { agentTables, outputsIn } from '../support/agent-table.ts';

const { table, settings } = agentTables();

/** A policy whose provider refuses the turns that a test says, until it is mended. */
function refusingPolicy(refuses: (turn: number) => boolean): Policy {
  return {
    nextTurn: ({ turns }) => {
      if (refuses(turns.length)) return Promise.reject(failureOf(new ModelError('unauthorised', 'no such key')));
      const id = `t${turns.length}.0`;
      const call = turns.length < 2 ? { id, name: 'sh', input: { command: 'ls' } } : { id, name: 'submit', input: {} };
      return Promise.resolve({ text: 'ls', calls: [call], usage: noUsage(), policyVersion: 'v' });
    },
  };
}

test('a rollout whose provider refuses keeps its sandbox, and a snapshot with which another machine goes on as if nothing had been', async () => {
  const mended = { from: 2 };
  const { attempt, sandboxes, store, id } = table(refusingPolicy((turn) => turn >= mended.from));
  await expect(attempt().result).rejects.toMatchObject({ type: 'ProviderRefused' });
  expect(sandboxes.names()).toEqual([id]);
  expect(await store.list(`${keys.rollout(id)}/snapshots`)).toEqual(['2.tar']);
  sandboxes.loseAll();
  mended.from = Infinity;
  expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 3 });
  expect(await outputsIn(store.path(keys.turns(id)))).toEqual(['', '']);
});

test('a refusal is what is told, also where the snapshot cannot be kept', async () => {
  const { attempt, sandboxes } = table(refusingPolicy((turn) => turn === 1));
  const open = sandboxes.open.bind(sandboxes);
  sandboxes.open = async (spec) => {
    const opened = await open(spec);
    opened.sandbox.snapshot = () => Promise.reject(new Error('no space left on device'));
    return opened;
  };
  await expect(attempt().result).rejects.toMatchObject({ type: 'ProviderRefused' });
});

test('refusals of a provider do not count, however often', async () => {
  const mended = { from: 1 };
  const { attempt } = table(refusingPolicy((turn) => turn >= mended.from));
  for (let count = 0; count <= settings.rollout.attempts; count += 1) {
    await expect(attempt().result).rejects.toMatchObject({ type: 'ProviderRefused' });
  }
  mended.from = Infinity;
  expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 3 });
});
