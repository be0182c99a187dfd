import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { rlStepRecord, type RlStepRecord } from '../../core/rl-report.ts';
import { finishedTurns } from '../../core/trajectory.ts';
import { checkpointsIn } from './chain.ts';
import { namesIn } from './processes.ts';
import { rolloutsOf } from './progress.ts';
import { MAX_STALENESS, ofRl, RL, rlSteps } from './recipe.ts';

/** Log-probs as they were sampled against those of the training forward: other weights are orders of magnitude away. */
const SAME_WEIGHTS = 1e-3;

/** RL: every step was made, none was trained on what is too old, and the engines served what they said. */
export async function problemsOfRl(home: string, run: string, size: number): Promise<string[]> {
  const steps = stepsOf(home, run);
  const found = steps.length === rlSteps(size) ? [] : [`RL has made ${steps.length} steps, not ${rlSteps(size)}`];
  return [...found, ...steps.flatMap(ofStep), ...(await ofVersions(home, run))];
}

function stepsOf(home: string, run: string): RlStepRecord[] {
  const steps: RlStepRecord[] = [];
  for (;;) {
    const file = join(home, 'store', keys.rlStep(run, RL, steps.length + 1));
    if (!existsSync(file)) return steps;
    steps.push(rlStepRecord.parse(JSON.parse(readFileSync(file, 'utf8'))));
  }
}

function ofStep({ step, staleness, trained, metrics }: RlStepRecord): string[] {
  const lags = Object.keys(staleness);
  const mismatch = metrics['mismatch'] ?? 0;
  const isOnPolicy = trained && lags.join() === '0';
  return [
    ...(lags.some((lag) => Number(lag) > MAX_STALENESS)
      ? [`step ${step} was trained on turns ${lags.join()} old`]
      : []),
    ...(isOnPolicy && mismatch > SAME_WEIGHTS ? [`step ${step} was sampled by other weights: ${mismatch}`] : []),
  ];
}

/** Every turn of a served policy names a checkpoint as it stands. */
async function ofVersions(home: string, run: string): Promise<string[]> {
  const known = new Set(checkpointsIn(home, run).map(({ name, sha256 }) => `${name}-${sha256.slice(0, 12)}`));
  const folder = rolloutsOf(home, run);
  const served = namesIn(folder).filter((name) => ofRl(parseRolloutId(name).stage));
  const problems = served.map(async (name) => {
    const turns = finishedTurns(await readTurnLog(join(folder, name, 'turns.jsonl')));
    const strange = turns.map(({ acted }) => acted.policyVersion).filter((version) => !known.has(version));
    return strange.length === 0 ? [] : [`${name} has turns of ${strange[0]}, which is no checkpoint`];
  });
  return (await Promise.all(problems)).flat();
}
