import { expect, test } from '@jest/globals';
import { createStudent } from '../../activities/policies/student.ts';
import { createFolderStore } from '../../activities/store.ts';
import { writeWordLevelTokenizer } from '../../activities/tokens/wordlevel.ts';
import { vocabulary } from '../../core/micropaper/vocabulary.ts';
import { keys } from '../../core/names.ts';
import { studentSettings } from '../../core/student.ts';
import { agentTables } from '../support/agent-table.ts';
import { completionsServer, type Said } from '../support/completions-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { table, settings: recipe } = agentTables();
const { attempts } = recipe.rollout;
const store = createFolderStore(temporaryFolder());
const SUBMIT: Said = { ids: ['submit', '<end>'].map((word) => vocabulary().indexOf(word)) };
/** So short that nothing is tried twice. */
const NONE = { seconds: 0, firstWaitSeconds: 1 };

interface Playing {
  say(asked: number): Said;
  patience?: { seconds: number; firstWaitSeconds: number };
  /** Of an engine that somebody else runs. */
  outside?: boolean;
}

/** A rollout that is played by a student, whose server says what the test does. */
async function studentTable({ say, patience = NONE, outside = false }: Playing) {
  const { baseUrl, asked } = await completionsServer((_, count) => say(count));
  const settings = studentSettings.parse({
    windows: { maxTokens: 64, overlap: 20, reserve: 16 },
    sampling: { maxTokens: 6 },
    ...(outside ? { server: { type: 'openai', url: baseUrl, model: 'm' } } : {}),
  });
  const checkpoint = `c${new URL(baseUrl).port}`;
  await writeWordLevelTokenizer(store.path(keys.checkpoint('run', checkpoint)), vocabulary());
  await store.writeJson(keys.serving('run', checkpoint), { baseUrl, model: 'm', version: 'v1' });
  const student = createStudent({ settings, store, run: 'run', checkpoint, seed: 7, patience });
  return { ...table(student), asked };
}

test.each([
  { is: 'unavailable', status: 503, type: 'ProviderError' },
  { is: 'rate-limited', status: 429, type: 'RateLimited' },
  { is: 'without its model', status: 404, type: 'ProviderError' },
])('a server that is $is for longer than the patience of all attempts loses no rollout', async ({ status, type }) => {
  const refusals = attempts + 2;
  const { attempt } = await studentTable({ say: (count) => (count <= refusals ? { status } : SUBMIT) });
  for (let count = 0; count < refusals; count += 1) {
    await expect(attempt().result).rejects.toMatchObject({ type, nonRetryable: false });
  }
  expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 1 });
});

test('when the server says how long, the next attempt comes no sooner', async () => {
  const { attempt } = await studentTable({ say: () => ({ status: 429, headers: { 'retry-after': '7' } }) });
  await expect(attempt().result).rejects.toMatchObject({ nextRetryDelay: 7000 });
});

test('nonsense is waited out within patience, as an absence is; a server that says nothing else counts attempts', async () => {
  const patience = { seconds: 20, firstWaitSeconds: 0.01 };
  const { attempt, asked } = await studentTable({
    say: (count) => (count <= attempts + 2 ? { status: 200 } : SUBMIT),
    patience,
  });
  expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 1 });
  expect(asked).toHaveLength(attempts + 3);

  const hopeless = await studentTable({ say: () => ({ status: 200 }) });
  for (let count = 0; count < attempts; count += 1) {
    await expect(hopeless.attempt().result).rejects.toMatchObject({ kind: 'malformed' });
  }
  await expect(hopeless.attempt().result).rejects.toMatchObject({ type: 'Exhausted' });
});

test('what a person must mend is refused: a prompt at once, a model that an outside engine does not have after patience', async () => {
  const long = await studentTable({ say: () => ({ status: 400, message: 'the prompt is too long' }) });
  await expect(long.attempt().result).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  const wrong = await studentTable({ say: () => ({ status: 404, message: 'no model m' }), outside: true });
  await expect(wrong.attempt().result).rejects.toMatchObject({
    type: 'ProviderRefused',
    message: expect.stringContaining('no model m') as unknown,
    nonRetryable: true,
  });
});
