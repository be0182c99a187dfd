import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetSpecInput, TrajectorySource } from '../../../core/dataset.ts';
import { createRandom } from '../../../core/random.ts';
import type { TurnRecord } from '../../../core/trajectory.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';
import { writeWordLevelTokenizer } from '../../../activities/tokens/wordlevel.ts';

/** A temporary folder with the micropapers tokenizer in it. */
export async function createHome(): Promise<{ home: string; tokenizer: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'longhaul-dataset-'));
  const tokenizer = join(home, 'tokenizer');
  await writeWordLevelTokenizer(tokenizer, vocabulary());
  return { home, tokenizer, remove: () => rm(home, { recursive: true, force: true }) };
}

export const SPEC: DatasetSpecInput = {
  rows: { type: 'trajectories', windows: { maxTokens: 64, overlap: 12, reserve: 16 }, observationTokens: 8 },
  card: { name: 'made', description: 'Made for a test.', license: 'apache-2.0', recipeHash: 'abc', runs: ['run-1'] },
  rowsPerShard: 20,
};

export interface Made {
  turns: number;
  seed: number;
  /** Whether token ids and log-probs are logged, as a student's are. */
  sampled?: boolean;
  advantage?: number;
}

/** Writes a made turn log: the paper is read, then `turns` commands are given. */
export async function makeTrajectory(
  home: string,
  { turns, seed, sampled, advantage }: Made,
): Promise<TrajectorySource> {
  const random = createRandom(seed);
  const words = vocabulary().slice(8);
  const say = (limit: number) => Array.from({ length: 1 + random.below(limit) }, () => random.pick(words)).join(' ');
  const records: TurnRecord[] = [];
  for (let turn = 0; turn <= turns; turn++) {
    const command = turn === 0 ? 'cat paper.md' : say(6);
    const tokenIds = [...command.split(' ').map((word) => vocabulary().indexOf(word)), vocabulary().indexOf('<end>')];
    const logProbs = tokenIds.map((_, at) => -(at + 1) / 8);
    const common = { epoch: 1, turn, active: turn };
    records.push(
      {
        type: 'acted',
        ...common,
        text: command,
        policyVersion: 'test',
        calls: [{ id: `t${turn}`, name: 'sh', input: { command } }],
        usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 },
        ...(sampled ? { tokenIds, logProbs } : {}),
      },
      {
        type: 'observed',
        ...common,
        observations: [{ callId: `t${turn}`, output: say(20), exitCode: 0, ended: 'exit', seconds: 1 }],
      },
    );
  }
  const rollout = `run-1.distill.0.paper.${seed}`;
  const file = join(home, `${rollout}.jsonl`);
  await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const source = { rollout, turns: file, instructions: 'reproduce each experiment of paper.md' };
  return advantage === undefined ? source : { ...source, advantage };
}

/** Rows of a Parquet file, read by a process of its own (hyparquet is an ES module). */
export function readRows(file: string): Record<string, unknown>[] {
  const script = `
    import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(${JSON.stringify(file)}) });
    process.stdout.write(JSON.stringify(rows));`;
  const options = { encoding: 'utf8' as const, maxBuffer: 1 << 28 };
  const { status, stdout, stderr } = spawnSync('node', ['--input-type=module', '-e', script], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** The hash of every file of a folder by name, so that two folders can be compared byte for byte. */
export async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(
    await Promise.all(
      names.map(
        async (name) =>
          [
            name,
            createHash('sha256')
              .update(await readFile(join(folder, name)))
              .digest('hex'),
          ] as const,
      ),
    ),
  );
}
