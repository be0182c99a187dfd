import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import type { Recipe } from '../../core/recipe.ts';
import { report } from '../../core/report.ts';
import { finishedTurns, type Turn } from '../../core/trajectory.ts';
import { micropaperBrain } from '../servers/messages/brains.ts';
import type { Body, Brain } from '../servers/messages/types.ts';
import { temporalCli } from '../support/dev-server.ts';
import { messagesServer } from '../support/messages-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const key = `sk-ant-canary-${randomUUID()}`;

/** The recipe as it is shipped, with fewer papers and steps, and another address for its model. */
function recipeFor(baseUrl: string): string {
  const recipe = JSON.parse(readFileSync('config/recipes/claude-micro.json', 'utf8')) as Recipe;
  Object.assign(recipe.tasks, { train: 2, heldout: 1 });
  Object.assign(recipe.models.claude!, { baseUrl });
  for (const stage of recipe.stages) {
    if (stage.type === 'sft') Object.assign(stage.training, { steps: 5 });
    if (stage.type === 'sft' && stage.data.type === 'drills') stage.data.examples = 200;
    if (stage.type === 'evaluate') stage.policies = ['sft', 'idle'];
  }
  const file = join(home, 'recipe.json');
  writeFileSync(file, JSON.stringify(recipe));
  return file;
}

/** Plays flawlessly, and looks at the sandbox's environment before it submits. */
function curious(): Brain {
  const play = micropaperBrain();
  return async (body, count) => {
    const reply = await play(body, count);
    const submits = reply.content.some(({ name }) => name === 'submit');
    const hasLooked = JSON.stringify(body.messages).includes('printenv');
    if (!submits || hasLooked) return reply;
    return {
      content: [...reply.content.slice(0, -1), { type: 'tool_use', name: 'bash', input: { command: 'printenv' } }],
    };
  };
}

/** `npm start` on the recipe, with the key in its environment as a person has it. */
function start(recipe: string) {
  const child = spawn(process.execPath, [resolve('cli/bootstrap.cjs'), 'start', '--recipe', recipe], {
    env: {
      ...process.env,
      LONGHAUL_HOME: home,
      LONGHAUL_PORT: '0',
      LONGHAUL_ROLLOUT_SLOTS: '4',
      LONGHAUL_STOP_GRACE: '10s',
      TEMPORAL_CLI_PATH: temporalCli(),
      ANTHROPIC_API_KEY: key,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const text = { all: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text.all += chunk.toString()));
  return { child, text, code: new Promise((ended) => child.once('close', ended)) };
}

const rollouts = (): string => join(home, 'store/runs/claude-micro/rollouts');
const turnsOf = async (rollout: string): Promise<Turn[]> =>
  finishedTurns(await readTurnLog(join(rollouts(), rollout, 'turns.jsonl')));

/** A conversation without the marks for the cache. */
const bare = ({ messages }: Body): string =>
  JSON.stringify(messages, (name, value: unknown) => (name === 'cache_control' ? undefined : value));

test('claude-micro distils from a Messages server, across the death of a worker, and its key is nowhere', async () => {
  const server = await messagesServer({ brain: curious(), keys: [key], minCacheTokens: 500, latencyMs: 20 });
  const run = start(recipeFor(server.baseUrl));
  while (server.served.length <= 40 && run.child.exitCode === null) await delay(20);
  process.kill(Number(readFileSync(join(home, 'pids/rollout.0.pid'), 'utf8')), 'SIGKILL');
  expect([await run.code, run.text.all]).toEqual([0, expect.stringContaining('rollout.0 ended (SIGKILL)')]);

  const found = report.parse(JSON.parse(readFileSync(join(home, 'store/runs/claude-micro/report.json'), 'utf8')));
  expect(found.ledger).toEqual({ planned: 6, scored: 6, infraFailed: 0, cancelled: 0 });
  expect(found.stages.find(({ name }) => name === 'distill')).toMatchObject({ meanScore: 1 });
  expect(found.cost.usd).toBeGreaterThan(0);

  // The provider refused nothing, so no signature was lost, and each prompt goes on from one that was there before.
  expect(server.served.filter(({ status }) => status !== 200)).toEqual([]);
  const prompts = server.served.map(({ body }) => bare(body).slice(1, -1));
  const longest = prompts.filter((prompt) => !prompts.some((other) => other !== prompt && other.startsWith(prompt)));
  const distilled = readdirSync(rollouts()).filter((name) => name.includes('.distill.'));
  expect(distilled).toHaveLength(4);
  expect(longest).toHaveLength(4);
  const turns = (await Promise.all(distilled.map(turnsOf))).flat();
  expect(server.served.length - turns.length).toBeLessThanOrEqual(4);
  expect(turns.every(({ acted }) => (acted.usage.thinkingTokens ?? 0) > 0)).toBe(true);

  // The sandboxes were looked into, and what the agents saw is in the store.
  expect(JSON.stringify(turns)).toContain('HOME=/workspace');
  expect(holding('HOME=/workspace')).not.toEqual([]);
  expect(holding('claude-micro.distill').some((name) => name.includes('temporal.db'))).toBe(true);
  expect(holding(key)).toEqual([]);
  expect(run.text.all).not.toContain(key);
}, 480_000);

/** Files of the home that hold a text: the server's database, the store, logs and reports. */
const holding = (text: string): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
