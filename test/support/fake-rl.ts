import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { readKnobs } from '../../activities/agent/knobs.ts';
import { summarise, type JudgeInput, type RolloutSummary } from '../../activities/judge.ts';
import { failureOf, ModelError } from '../../activities/models/model-error.ts';
import { recordOutcome } from '../../activities/record-outcome.ts';
import { figuresOf, readBatch } from '../../activities/rl/batch.ts';
import type { PreparedStep, PrepareStepInput } from '../../activities/rl/prepare-step.ts';
import type { RunAgentInput, RunAgentResult } from '../../activities/run-agent.ts';
import type { ServePolicyInput } from '../../activities/serve-policy.ts';
import type { Store } from '../../activities/store.ts';
import type { JobResult, TrainerJobInput } from '../../activities/trainer-job.ts';
import type { SyncedWeights, SyncWeightsInput } from '../../activities/weight-sync.ts';
import { keys, rolloutId, type RolloutPlace } from '../../core/names.ts';
import { beating } from './beating.ts';
import { eventually } from './eventually.ts';

/** How a rollout is to end: with a score, or because its machine fails. */
type End = number | 'fails';

interface Table {
  store: Store;
  /** What was asked of trainer and engines, in order. */
  asked: string[];
  /** Rollouts that were played and judged, each as often as it was. */
  played: string[];
  judged: string[];
  /** Rollouts in play, and how they are to end, as `<step>.<task>.<member>`. */
  playing: Set<string>;
  ends: Map<string, End>;
  /** Every rollout ends by itself, with a score that its number decides. */
  endsAll: boolean;
  /** Says why the trainer fails, while it does. */
  broken: string | undefined;
  /** What the judge's provider says where it refuses its key, while it does. */
  refuses: string | undefined;
  /** Holds up what the judge's provider refuses, before it is told. */
  refusing: boolean;
  /** Holds the trainer up. */
  training: boolean;
}

/** Stands in for player, judge, trainer and engines of RL: rollouts end when the test says so, and every update is kept. */
export function fakeRl(store: Store) {
  const table: Table = {
    store,
    asked: [],
    played: [],
    judged: [],
    playing: new Set(),
    ends: new Map(),
    endsAll: false,
    broken: undefined,
    refuses: undefined,
    refusing: false,
    training: false,
  };
  return {
    table,
    playing: (): string[] => [...table.playing].toSorted(),
    end(ends: Record<string, End>): void {
      for (const [id, end] of Object.entries(ends)) table.ends.set(id, end);
    },
    record: (place: RolloutPlace, score: number) => keep(table, place, { policy: place.stage, score }),
    activities: { ...players(table), ...trainers(table) },
  };
}

const shortName = (place: RolloutPlace): string => `${place.step}.${place.task}.${place.member}`;

function endOf(table: Table, place: RolloutPlace): End | undefined {
  return table.ends.get(shortName(place)) ?? (table.endsAll ? (place.member % 10) / 10 : undefined);
}

const SPENT = {
  turns: 3,
  activeSeconds: 9,
  sandboxSeconds: 1,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 },
};

/** Writes the record of a rollout, as its judging does. */
async function keep({ store }: Table, place: RolloutPlace, { policy, score }: { policy: string; score: number }) {
  const scored = { outcome: 'scored', end: 'submitted', score } as const;
  return recordOutcome(store, { rollout: rolloutId(place), task: place.task, policy, ...scored, ...SPENT });
}

function players(table: Table) {
  async function runAgent({ place }: RunAgentInput): Promise<RunAgentResult> {
    if (readKnobs(table.store.path(keys.knobs(place.run, place.stage))).paused) return { end: 'paused', turns: 0 };
    table.playing.add(shortName(place));
    table.played.push(shortName(place));
    const { cancellationSignal } = Context.current();
    await beating(() => eventually(() => endOf(table, place) !== undefined || cancellationSignal.aborted));
    table.playing.delete(shortName(place));
    if (cancellationSignal.aborted) await Context.current().cancelled;
    if (endOf(table, place) === 'fails') {
      throw ApplicationFailure.create({ type: 'Exhausted', message: 'no space left on device', nonRetryable: true });
    }
    const submission = { uri: 'store:none', sha256: '', bytes: 0 };
    return { end: 'submitted', ...SPENT, submission, unsafeSandbox: false };
  }

  async function judge({ place, policy }: JudgeInput): Promise<RolloutSummary> {
    const { refuses } = table;
    table.judged.push(shortName(place));
    if (refuses !== undefined) {
      await eventually(() => !table.refusing);
      throw failureOf(new ModelError('unauthorised', refuses));
    }
    return summarise(await keep(table, place, { policy, score: endOf(table, place) as number }));
  }

  return { runAgent, judge };
}

function trainers(table: Table) {
  const { asked, store } = table;

  async function prepareRlStep({ run, stage, batch, step }: PrepareStepInput): Promise<PreparedStep> {
    const groups = await readBatch(store, { run, stage: stage.name, batch });
    asked.push(`batch ${step}: ${batch.map((group) => `${group.step}.${group.task}`).join(' ')}`);
    const figures = { ...figuresOf(groups), staleness: { '0': 1 }, rows: 7, trainedTokens: 70 };
    return { job: figures.groups.flat === figures.groups.count ? null : { kind: 'rl', steps: 1 }, figures };
  }

  async function runJob({ run, name, parent }: TrainerJobInput): Promise<JobResult> {
    asked.push(`${name} from ${parent}`);
    await eventually(() => !table.training);
    const { broken } = table;
    if (broken) throw ApplicationFailure.create({ type: 'InvalidInput', message: broken, nonRetryable: true });
    await store.writeJson(`${keys.checkpoint(run, name)}/manifest.json`, { name });
    return { step: 1, metrics: { kl: 0.1, seconds: 1 }, seconds: 1, manifestSha256: 'x', tokens: 70 };
  }

  async function syncWeights({ checkpoint }: SyncWeightsInput): Promise<SyncedWeights> {
    asked.push(`engines at ${checkpoint}`);
    return { version: checkpoint, drained: [] };
  }

  async function servePolicy({ checkpoint }: ServePolicyInput): Promise<void> {
    asked.push(`serves ${checkpoint}`);
    await beating(() => Context.current().cancelled);
  }

  return { prepareRlStep, runJob, syncWeights, servePolicy };
}
