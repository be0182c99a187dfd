import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { play, type Game } from '../../../activities/agent/play.ts';
import { ContextFull, type PolicyRequest } from '../../../activities/policies/policy.ts';
import { createStudent, type StudentOptions } from '../../../activities/policies/student.ts';
import type { SandboxSpec } from '../../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { loadRenderer } from '../../../activities/tokens/renderer.ts';
import { createTranscriber } from '../../../activities/tokens/transcribe.ts';
import { writeWordLevelTokenizer } from '../../../activities/tokens/wordlevel.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';
import { keys } from '../../../core/names.ts';
import { createRandom } from '../../../core/random.ts';
import { READING_COMMANDS } from '../../../core/reading.ts';
import { assembleRow } from '../../../core/rows.ts';
import { observationTokens, studentSettings } from '../../../core/student.ts';
import { windowsOf } from '../../../core/transcript.ts';
import { finishedTurns, type Turn, type TurnRecord } from '../../../core/trajectory.ts';
import { windowsConfig } from '../../../core/windows-config.ts';
import { completionsServer, type Asked, type Said } from '../../support/completions-server.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeSandboxes } from '../../support/fake-sandboxes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { microScaffold } from '../../support/scaffold.ts';

const store = createFolderStore(temporaryFolder());
const SETTINGS = studentSettings.parse({
  windows: { maxTokens: 64, overlap: 20, reserve: 16 },
  sampling: { maxTokens: 6 },
});
const INSTRUCTIONS = 'reproduce each experiment';
const FAST = { seconds: 20, firstWaitSeconds: 0.01 };
const ids = (text: string): number[] => text.split(' ').map((word) => vocabulary().indexOf(word));
const END = vocabulary().indexOf('<end>');
let checkpoints = 0;

/** A student of its own, served by what the test says. */
async function served(say: (asked: Asked, count: number) => Said, options: Partial<StudentOptions> = {}) {
  checkpoints += 1;
  const checkpoint = `c${checkpoints}`;
  await writeWordLevelTokenizer(store.path(keys.checkpoint('run', checkpoint)), vocabulary());
  const server = await completionsServer(say);
  const address = { baseUrl: server.baseUrl, model: `run/${checkpoint}`, version: 'v1' };
  const publish = () => store.writeJson(keys.serving('run', checkpoint), address);
  await publish();
  const make = () =>
    createStudent({ settings: SETTINGS, store, run: 'run', checkpoint, seed: 7, patience: FAST, ...options });
  return { ...server, make, publish, checkpoint };
}

const request = (turns: Turn[] = [], rollout = 'run.evaluate.0.t.0'): PolicyRequest => ({
  rollout,
  instructions: INSTRUCTIONS,
  turns,
});
const never = new AbortController().signal;

/** Plays against made outputs, and returns the turn log. */
async function played(policy: Game['policy'], { seed, maxTurns }: { seed: number; maxTurns: number }) {
  const records: TurnRecord[] = [];
  const output = (callId: string): string => {
    const random = createRandom(seed + Number(callId.slice(1, -2)));
    return Array.from({ length: random.below(30) }, () => random.pick(vocabulary().slice(8))).join(' ');
  };
  const { sandbox } = await fakeSandboxes(({ callId }) => ({ output: output(callId) })).open({
    id: 'x',
  } as SandboxSpec);
  const end = await play(
    {
      rollout: request().rollout,
      instructions: INSTRUCTIONS,
      policy,
      sandbox,
      log: { append: async (record) => void records.push(record), close: async () => undefined },
      epoch: 1,
      clock: { type: 'virtual', turnSeconds: 1, callSeconds: 1 },
      budgetSeconds: () => 1000,
      maxTurns,
      callTimeoutSeconds: 60,
      ...microScaffold(),
      mayGoOn: async () => true,
      signal: never,
    },
    [],
  );
  return { end: end.end, records };
}

/** Garbage, empty answers, answers that the limit cut, and now and then a look at the paper. */
function babble(seed: number): (asked: Asked) => Said {
  return ({ prompt, max_tokens }) => {
    const random = createRandom(seed * 1000 + prompt.length);
    if (random.chance(0.3)) return { ids: ids('cat paper.md <end>') };
    const length = random.below(max_tokens + 1);
    const said = Array.from({ length }, () => 4 + random.below(vocabulary().length - 4)).filter((id) => id !== END);
    return { ids: said.length < max_tokens ? [...said, END] : said };
  };
}

test('what it is asked with is, token for token, what stands before its answer in the training row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(10_000), async (seed) => {
      const { make, asked, checkpoint } = await served(babble(seed));
      const { records } = await played(make(), { seed, maxTurns: 25 });
      const logged = records.map((record) => JSON.parse(JSON.stringify(record)) as TurnRecord);
      const turns = finishedTurns(logged);
      const renderer = await loadRenderer(store.path(keys.checkpoint('run', checkpoint)), SETTINGS.renderer);
      const rows = { observationTokens: observationTokens(SETTINGS), reading: [...READING_COMMANDS], sampledIds: true };
      const transcript = createTranscriber(renderer, rows)(INSTRUCTIONS, turns);
      const trained = windowsOf(transcript, windowsConfig.parse(SETTINGS.windows)).flatMap((window) => {
        const row = assembleRow(transcript, window);
        const starts = row.labels.flatMap((label, at) => (label >= 0 && (row.labels[at - 1] ?? -1) < 0 ? [at] : []));
        return starts.map((at) => row.input_ids.slice(0, at));
      });
      const prompts = asked.map(({ prompt }) => prompt).slice(0, turns.length);
      expect(trained).toEqual(prompts);
      expect(turns.map(({ acted }) => acted.tokenIds?.length)).toEqual(
        turns.map(({ acted }) => acted.logProbs?.length),
      );
    }),
    { numRuns: 15 },
  );
});

test('a fresh attempt makes the same prompts and seeds of the turn log as the one that played it', async () => {
  const { make, asked } = await served(babble(3));
  const { records } = await played(make(), { seed: 3, maxTurns: 12 });
  const before = asked.splice(0);
  const turns = finishedTurns(records.map((record) => JSON.parse(JSON.stringify(record)) as TurnRecord));
  for (let turn = 0; turn < turns.length; turn += 1) await make().nextTurn(request(turns.slice(0, turn)), never);
  expect(asked).toEqual(before);
});

test('the answer is the text of the sampled ids without special tokens; ids, log-probs and usage are as served', async () => {
  const { make, asked, checkpoint } = await served(() => ({ ids: ids('cat paper.md <end>') }));
  const answer = await make().nextTurn(request(), never);
  expect(answer).toMatchObject({
    text: 'cat paper.md',
    calls: [{ id: 't0.0', name: 'sh', input: { command: 'cat paper.md' } }],
    tokenIds: ids('cat paper.md <end>'),
    logProbs: [-1 / 8, -2 / 8, -3 / 8],
    policyVersion: 'v1',
    usage: { inputTokens: 1, cacheReadTokens: asked[0]!.prompt.length - 1, outputTokens: 3 },
  });
  expect(asked[0]).toMatchObject({ model: `run/${checkpoint}`, max_tokens: 6, stop_token_ids: [END] });
  expect(asked[0]!.prompt).toEqual(ids(`<bos> <user> ${INSTRUCTIONS} <assistant>`));
});

test.each([
  { said: 'submit <end>', call: { name: 'submit', input: {} } },
  { said: '<end>', call: { name: 'sh', input: { command: '' } } },
  { said: '>> submit', call: { name: 'sh', input: { command: '>> submit' } } },
])('"$said" is the call $call.name', async ({ said, call }) => {
  const { make } = await served(() => ({ ids: ids(said) }));
  expect((await make().nextTurn(request(), never)).calls).toEqual([{ id: 't0.0', ...call }]);
});

test('the seed follows from the rollout and the turn, and two rollouts do not share one', async () => {
  const { make, asked } = await served(() => ({ ids: [END] }));
  for (const rollout of ['run.a.0.t.0', 'run.a.0.t.1', 'run.a.0.t.0'])
    await make().nextTurn(request([], rollout), never);
  const [one, other, again] = asked.map(({ seed }) => seed);
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test('where the prefix leaves no room for a turn, the context is full', async () => {
  const { make, asked } = await served(() => ({ ids: [END] }));
  const long = { ...request(), instructions: Array.from({ length: 60 }, () => 'experiment').join(' ') };
  await expect(make().nextTurn(long, never)).rejects.toThrow(ContextFull);
  expect(asked).toEqual([]);
});

test('a 429 and a restarted server are waited out within the turn, and what was waited is said', async () => {
  const refusals: Said[] = [{ status: 429, headers: { 'retry-after': '0.3' } }, { status: 404 }, { status: 503 }];
  const { make, asked } = await served((_, count) => refusals[count - 1] ?? { ids: [END] });
  const answer = await make().nextTurn(request(), never);
  expect(asked).toHaveLength(4);
  expect(answer.waitedSeconds).toBeGreaterThanOrEqual(0.3);
});

test('the address is read at each try: a server that comes back answers elsewhere', async () => {
  const { make, asked, checkpoint, publish } = await served(() => ({ ids: [END] }));
  const old = await served(() => ({ status: 503 }));
  await store.writeJson(keys.serving('run', checkpoint), { baseUrl: old.baseUrl, model: 'x', version: 'v0' });
  const answer = make().nextTurn(request(), never);
  await eventually(() => old.asked.length > 0);
  old.close(); // nobody answers there any more
  await store.remove(keys.serving('run', checkpoint));
  await publish();
  expect(await answer).toMatchObject({ policyVersion: 'v1' });
  expect(asked).toHaveLength(1);
});

test('patience ends: then the failure says that the server is away, for Temporal to try again', async () => {
  const { make, asked } = await served(() => ({ status: 503, message: 'draining' }), {
    patience: { seconds: 0.2, firstWaitSeconds: 0.05 },
  });
  await expect(make().nextTurn(request(), never)).rejects.toMatchObject({
    type: 'ProviderError',
    message: '503: draining',
    nonRetryable: false,
  });
  expect(asked.length).toBeGreaterThan(1);
});

test('what the server refuses for good is not asked again, by nobody', async () => {
  const { make, asked } = await served(() => ({ status: 400, message: 'the prompt is too long' }));
  await expect(make().nextTurn(request(), never)).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  expect(asked).toHaveLength(1);
});

test('an abort ends the waiting at once', async () => {
  const stop = new AbortController();
  const { make } = await served(() => {
    setTimeout(() => stop.abort(new Error('let go')), 20);
    return { status: 429, headers: { 'retry-after': '15' } };
  });
  const began = performance.now();
  await expect(make().nextTurn(request(), stop.signal)).rejects.toThrow('abort');
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a turn that could be longer than the reserve is refused before anything is asked', async () => {
  const settings = { ...SETTINGS, observationTokens: 10 };
  const { make, asked } = await served(() => ({ ids: [END] }), { settings });
  await expect(make().nextTurn(request(), never)).rejects.toThrow('may take 17 tokens, more than the reserve of 16');
  expect(asked).toEqual([]);
});

test('the windows roll: late prompts carry the last turns only, and the prefix', async () => {
  const { make, asked } = await served(() => ({ ids: ids('ls <end>') }));
  const { end } = await played(make(), { seed: 1, maxTurns: 20 });
  expect(end).toBe('turns');
  expect(Math.max(...asked.map(({ prompt }) => prompt.length))).toBeLessThanOrEqual(64 - 16 + 1);
});
