import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inPool } from '../activities/judges/llm/in-pool.ts';
import { createLlmJudge } from '../activities/judges/llm/judge.ts';
import type { Model } from '../activities/models/model.ts';
import { readPrompts } from '../activities/prompts.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore, type Store } from '../activities/store.ts';
import { judgeSettings, type LlmJudgeSettings } from '../core/judge-settings.ts';
import { modelSettings } from '../core/models.ts';
import { createRandom } from '../core/random.ts';
import { atMost, type Figure } from './figure.ts';
import { tarOf } from './tar-of.ts';

const LEAVES = 1963;
const IN_FLIGHT = 64;
const LATENCY_MS = 20;
const BOUND = 1.1;
const WARM = ['warm', 'warmer', 'warmest'];

/**
 * Judges a rubric as large as PaperBench's largest with a model that answers after 20 ms, 64 leaves in flight: the whole judging,
 * files and every grade kept on the disk included, against the time that its calls alone take.
 */
export async function judging(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'longhaul-judging-'));
  try {
    const store = createFolderStore(home);
    const { model, calls } = slowModel();
    const judge = async (name: string): Promise<number> => judgeOnce(store, model, name);
    for (const name of [...WARM, 'measured']) await prepare(store, name);
    for (const name of WARM) await judge(name); // a worker judges for days: it is compiled before it is timed
    const before = calls.count;
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const score = await judge('measured');
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const made = calls.count - before;
    const bound = (made * LATENCY_MS) / 1000 / IN_FLIGHT;
    const bare = await bareCalls(model, made);
    const cpuSeconds = (user + system) / 1e6;
    const detail = { seconds, bound, bare, cpuSeconds, calls: made, leaves: LEAVES, score };
    return [
      { ...atMost('judging 1,963 leaves', seconds / bound, BOUND), unit: '× calls × latency ÷ in flight', detail },
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Seconds of as many calls with nothing around them: what this machine makes of the bound at this moment. */
async function bareCalls(model: Model, calls: number): Promise<number> {
  const began = performance.now();
  const { signal } = new AbortController();
  const all = Array.from({ length: calls }, () => ({ messages: [] }));
  await inPool(all, IN_FLIGHT, async (request) => void (await model.ask(request, signal)));
  return (performance.now() - began) / 1000;
}

async function prepare(store: Store, name: string): Promise<void> {
  const task = `tasks/${name}`;
  await store.write(`${task}/rubric.json`, JSON.stringify(rubricOf(name)));
  await store.write(`${task}/paper.md`, words(1, 60_000));
  await store.write(`${task}/addendum.md`, words(2, 2000));
  await store.write(`${name}.tar`, tarOf({ ...submissionFiles(), 'name.txt': name }));
}

async function judgeOnce(store: Store, model: Model, name: string): Promise<number> {
  const task = `tasks/${name}`;
  const artifact = { uri: `store:${name}.tar`, sha256: name, bytes: 1 };
  const settings = judgeSettings.parse({ type: 'llm', model: 'slow', concurrency: IN_FLIGHT }) as LlmJudgeSettings;
  const prompts = readPrompts(join(packageRoot(), 'prompts/judge'));
  const judged = await createLlmJudge({ store, model, prompts, settings })({
    rollout: `run.evaluate-x.heldout.${name}.0`,
    task: store.path(task),
    submission: { artifact, file: store.path(`${name}.tar`) },
    sandbox: { id: 'none', labels: { run: 'run', rollout: name }, epoch: 1 },
    limits: { processes: 1, memoryBytes: 1, cpuSeconds: 1, fileBytes: 1, workspaceBytes: 1, outputBytes: 1 },
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  if (!('score' in judged)) throw new Error('the judging is incomplete');
  return judged.score;
}

/** Answers every question after 20 ms, without a server: what is measured is the judge. */
function slowModel(): { model: Model; calls: { count: number } } {
  const calls = { count: 0 };
  const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0.01 };
  const settings = modelSettings.parse({ type: 'openai-compatible', model: 'slow', baseUrl: 'http://localhost:1' });
  const model: Model = {
    name: 'slow',
    settings,
    async ask({ tools }) {
      calls.count += 1;
      await sleep(LATENCY_MS);
      const name = tools?.[0]?.name ?? '';
      const grade = { expectations: 'e'.repeat(400), reality: 'r'.repeat(400), score: calls.count % 2 };
      const input = name === 'grade' ? grade : { files: ['src/module-3.py', 'src/module-7.py', 'README.md'] };
      const content = [{ type: 'tool_use', id: `c${calls.count}`, name, input }];
      return {
        content,
        stopReason: 'tool_use',
        usage,
        model: 'slow',
        requestId: null,
        malformedInputs: {},
        waitedSeconds: 0,
      };
    },
  };
  return { model, calls };
}

/** A tree as deep and wide as the largest of PaperBench, of development and execution leaves. */
function rubricOf(name: string): object {
  const random = createRandom(5);
  const leaf = (number: number): object => ({
    id: `${name}-leaf-${number}`,
    requirements: words(number + 10, 200),
    weight: 1 + random.below(5),
    sub_tasks: [],
    task_category: number % 2 === 0 ? 'Code Development' : 'Code Execution',
    finegrained_task_category: 'Method Implementation',
  });
  const inner = (id: string, children: object[]): object => ({
    id: `${name}-${id}`,
    requirements: words(id.length, 150),
    weight: 1,
    sub_tasks: children,
  });
  const all = Array.from({ length: LEAVES }, (_, number) => leaf(number));
  const branches = inPieces(all, 20).map((leaves, index) => inner(`branch-${index}`, leaves));
  const groups = inPieces(branches, 8).map((children, index) => inner(`group-${index}`, children));
  return inner('root', groups);
}

const inPieces = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

function submissionFiles(): Record<string, string> {
  const modules = Array.from({ length: 40 }, (_, index) => [`src/module-${index}.py`, words(index, 20_000)] as const);
  return { 'README.md': words(3, 3000), 'reproduce.sh': 'python src/module-0.py\n', ...Object.fromEntries(modules) };
}

const WORDS = ['alpha', 'beta', 'gamma', 'model', 'loss', 'train', 'layer', 'token', 'seed', 'batch'];

/** So many characters of words, in lines. */
function words(seed: number, characters: number): string {
  const random = createRandom(seed);
  const lines: string[] = [];
  for (let length = 0; length < characters;) {
    const line = Array.from({ length: 12 }, () => random.pick(WORDS)).join(' ');
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join('\n').slice(0, characters);
}
