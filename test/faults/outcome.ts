import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { record, verdict } from '../../core/record.ts';
import { finishedTurns } from '../../core/trajectory.ts';

/** What became of a rollout, without what a clock or an attempt has left in it. */
export async function outcomeIn(folder: string) {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { outcome, score, end, turns, activeSeconds, usage } = record.parse(json('record.json'));
  const { leaves } = verdict.parse(json('verdict.json'));
  return {
    outcome,
    score,
    end,
    turns,
    activeSeconds,
    usage,
    leaves,
    played: finishedTurns(await readTurnLog(join(folder, 'turns.jsonl'))).map(({ acted, observed }) => ({
      text: acted.text,
      active: observed.active,
      observations: observed.observations,
    })),
    submission: filesIn(join(folder, 'submission.tar')),
  };
}

export type RolloutOutcome = Awaited<ReturnType<typeof outcomeIn>>;

const RESTARTED = '[the sandbox was restarted on its workspace;';

/** The turn in which a call was cut by the death of its sandbox's supervisor, or was told of one since the call before; -1 where none was. */
export const cutIn = ({ played }: RolloutOutcome): number =>
  played.findIndex(({ observations }) =>
    observations.some(({ ended, output }) => ended === 'interrupted' || output.includes(RESTARTED)),
  );

/** Whether one is as the other: as a whole, or until the turn that was cut. */
export function isAs(now: RolloutOutcome, undisturbed: RolloutOutcome, cut: number): boolean {
  if (cut < 0) return isDeepStrictEqual(now, undisturbed);
  // What such a call has done is not known, and the agent, who is told so, goes on from there as it likes.
  return isDeepStrictEqual(now.played.slice(0, cut), undisturbed.played.slice(0, cut));
}

/** The files of a submission: a call that ran twice has appended its line twice. */
function filesIn(archive: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-submission-'));
  try {
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
    const files = names.filter((name) => statSync(join(folder, name)).isFile());
    return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
