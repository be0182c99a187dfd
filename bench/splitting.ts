import { createRandom } from '../core/random.ts';
import { assembleRow } from '../core/rows.ts';
import { windowsOf, type Transcript } from '../core/transcript.ts';
import { windowsConfig } from '../core/windows-config.ts';
import type { Figure } from './figure.ts';

const BOUND = 5e6;
const SECONDS = 2;

const CASES = [
  {
    name: 'micropapers',
    config: windowsConfig.parse({ maxTokens: 192, overlap: 48, reserve: 26 }),
    shape: { task: 10, page: 70, turns: 50, action: 6, observation: 6 },
  },
  {
    name: 'papers',
    config: windowsConfig.parse({ maxTokens: 32_768, overlap: 2048, reserve: 6144 }),
    shape: { task: 2000, page: 12_000, turns: 700, action: 400, observation: 1600 },
  },
];

/** Tokenised turns in, windows with their rows out, on one core: tokens of the trajectories per second. */
export async function splitting(): Promise<Figure[]> {
  return CASES.map(({ name, config, shape }) => {
    const transcripts = Array.from({ length: name === 'papers' ? 4 : 200 }, (_, seed) => makeTranscript(seed, shape));
    split(transcripts, config); // compiled before it is timed
    const began = performance.now();
    let done = { tokens: 0, rows: 0, rowTokens: 0 };
    while (performance.now() - began < SECONDS * 1000) done = add(done, split(transcripts, config));
    const value = Math.round((done.tokens / (performance.now() - began)) * 1000);
    const detail = { rows: done.rows, tokensPerRow: Math.round(done.rowTokens / done.rows), seconds: SECONDS };
    return { figure: `splitting, ${name}`, value, unit: 'tokens/s', bound: `>= ${BOUND}`, ok: value >= BOUND, detail };
  });
}

interface Done {
  tokens: number;
  rows: number;
  rowTokens: number;
}

const add = (a: Done, b: Done): Done => ({
  tokens: a.tokens + b.tokens,
  rows: a.rows + b.rows,
  rowTokens: a.rowTokens + b.rowTokens,
});

function split(transcripts: readonly Transcript[], config: (typeof CASES)[number]['config']): Done {
  const done = { tokens: 0, rows: 0, rowTokens: 0 };
  for (const transcript of transcripts) {
    for (const window of windowsOf(transcript, config)) {
      done.rows += 1;
      done.rowTokens += assembleRow(transcript, window).input_ids.length;
    }
    done.tokens += tokensOf(transcript);
  }
  return done;
}

const tokensOf = ({ task, reading, turns }: Transcript): number =>
  [...reading, ...turns].reduce(
    (sum, { opening, action, observation }) => sum + opening.length + action.length + observation.length,
    task.length,
  );

function makeTranscript(seed: number, shape: (typeof CASES)[number]['shape']): Transcript {
  const random = createRandom(seed);
  const ids = (length: number): number[] => Array.from({ length }, () => random.below(150_000));
  const about = (length: number): number[] => ids(1 + random.below(2 * length - 1));
  const turn = (observation: number[]) => ({ opening: ids(1), action: about(shape.action), observation });
  const turns = Array.from({ length: shape.turns }, () => turn(about(shape.observation)));
  return { task: ids(shape.task), reading: [turn(ids(shape.page))], turns };
}
