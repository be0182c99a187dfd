import { createRandom, deriveSeed, type Random } from '../random.ts';
import { serialiseRubric } from '../rubric/text.ts';
import type { MicropaperDifficulty } from './difficulty.ts';
import { experimentName, pageText, type Experiment } from './page.ts';
import { gradingOf } from './rubric.ts';
import { outcomeOf, type Outcome } from './world.ts';

export const SUITES = ['train', 'heldout'] as const;
export type Suite = (typeof SUITES)[number];

/** What of a paper's folder the agent finds in its workspace, and the programs of `tasks/micropaper/` that lie beside. */
export const AGENT_FILES = ['paper.md', 'addendum.md', 'blacklist.txt'] as const;
export const PROGRAMS = ['run.sh', 'eval.sh'] as const;

export interface MicropaperRequest {
  seed: number | string;
  suite: Suite;
  /** Which paper of the suite, from 0 on. */
  index: number;
  difficulty: MicropaperDifficulty;
}

export interface Micropaper {
  /** The task's name, `heldout-0007-3f9a1c`: suite, index and the beginning of the page's hash. */
  id: string;
  title: string;
  suite: Suite;
  /** What the paper states, and what comes of it when it is done right. */
  experiments: (Experiment & Outcome)[];
  /** The paper's folder in PaperBench's layout, and `checks.json` beside it: path to content. */
  files: Record<string, string>;
}

/**
 * Generates one paper; the same request gives the same bytes on any machine. Every page belongs to one suite by its own
 * hash, and is drawn again until it belongs to the one that was asked for: no page can be in both, whatever the seeds.
 */
export function generateMicropaper({ seed, suite, index, difficulty }: MicropaperRequest): Micropaper {
  const experiments = drawPage({ seed, suite, index, difficulty });
  const id = `${suite}-${String(index).padStart(4, '0')}-${fingerprint(experiments)}`;
  const title = `Micropaper ${suite} ${index}`;
  const { rubric, checks } = gradingOf(experiments, difficulty.secondsPerRun);
  const { min, max } = difficulty.secondsPerRun;
  return {
    id,
    title,
    suite,
    experiments: experiments.map((experiment) => ({
      ...experiment,
      ...outcomeOf(experiment, difficulty.secondsPerRun),
    })),
    files: {
      'paper.md': pageText(experiments),
      'addendum.md': `a run takes ${min} to ${max} seconds .\n`,
      'blacklist.txt': 'none\n',
      'config.yaml': `id: ${id}\ntitle: ${title}\n`,
      'rubric.json': serialiseRubric(rubric),
      'checks.json': `${JSON.stringify(checks, null, 2)}\n`,
    },
  };
}

/** The suite that a page belongs to: the parity of its hash. */
export function suiteOf(experiments: readonly Experiment[]): Suite {
  return deriveSeed('suite', pageText(experiments)) % 2 === 0 ? 'train' : 'heldout';
}

function drawPage({ seed, suite, index, difficulty }: MicropaperRequest): Experiment[] {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const page = candidate(createRandom(deriveSeed('micropaper', seed, suite, index, attempt)), difficulty);
    if (suiteOf(page) === suite) return page;
  }
  throw new Error(`no page of suite ${suite} among 1000 draws: the difficulty leaves too few different pages`);
}

function candidate(random: Random, { experiments, values, warmupShare }: MicropaperDifficulty): Experiment[] {
  const count = experiments.min + random.below(experiments.max - experiments.min + 1);
  const numbers = Array.from({ length: count }, (_, index) => index);
  const draw = (): number[] => random.shuffle(Array.from({ length: values }, (_, value) => value)).slice(0, count);
  const [lr, depth, warmup] = [draw(), draw(), draw()];
  const warm = new Set(random.shuffle(numbers).slice(0, Math.round(count * warmupShare)));
  return numbers.map((index) => ({
    name: experimentName(index + 1),
    lr: lr[index] ?? 0,
    depth: depth[index] ?? 0,
    ...(warm.has(index) ? { warmup: warmup[index] ?? 0 } : {}),
  }));
}

const fingerprint = (experiments: readonly Experiment[]): string =>
  (deriveSeed('name', pageText(experiments)) % 16_777_216).toString(16).padStart(6, '0');
