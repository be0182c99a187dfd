import { join } from 'node:path';
import process from 'node:process';
import { buildDataset } from '../../activities/dataset/build.ts';
import { writeWordLevelTokenizer } from '../../activities/tokens/wordlevel.ts';
import { vocabulary } from '../../core/micropaper/vocabulary.ts';
import { makeTrajectory, SPEC } from '../activities/dataset/dataset-tools.ts';

/** Builds the datasets that the Python tests read, into the folder given: `sft`, `rl` and `drills`. */
async function main(home: string): Promise<void> {
  const tokenizer = join(home, 'tokenizer');
  await writeWordLevelTokenizer(tokenizer, vocabulary());
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const teacher = await Promise.all(seeds.map((seed) => makeTrajectory(home, { turns: 12 + seed, seed })));
  const student = await Promise.all(
    seeds.map((seed) =>
      makeTrajectory(home, { turns: 8, seed: 100 + seed, sampled: true, advantage: seed / 12 - 0.5 }),
    ),
  );
  const rest = { tokenizer, spec: SPEC };
  await buildDataset({ ...rest, output: join(home, 'sft'), trajectories: teacher });
  await buildDataset({ ...rest, output: join(home, 'rl'), trajectories: student });
  const drills = { ...SPEC, rows: { type: 'drills' as const, examples: 60 } };
  await buildDataset({ tokenizer, spec: drills, output: join(home, 'drills'), trajectories: [] });
}

void main(process.argv[2] ?? '');
