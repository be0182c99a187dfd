import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { keys, parseRolloutId } from '../../core/names.ts';
import type { RolloutReport } from '../../core/rollout-report.ts';
import type { RolloutRecord } from '../../core/record.ts';
import type { Member } from '../../core/rl-state.ts';
import { summarise } from '../judge.ts';
import { readRecord, recordWithoutScore } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { idOf, readPlan, type StageName } from './files.ts';

export interface AdmitInput extends StageName {
  /** Where workflow tasks go. */
  taskQueue: string;
  /** Steps that are done. */
  since: number;
  members: Member[];
  /** What all of the rollouts are told; each is told its place besides. */
  common: { policy: string; timeout: string };
  /** What single ones are told, by their position in `members`. */
  own?: object[];
}

/**
 * Starts rollouts of an RL stage, and returns the reports of those that have ended before: the store, not the server, is the
 * truth. They are planned before they begin. Done again, it finds them playing.
 */
export async function admitRollouts(store: Store, input: AdmitInput): Promise<RolloutReport[]> {
  await planMembers(store, input);
  const known = await Promise.all(input.members.map((member) => readRecord(store, idOf(input, member))));
  const unknown = input.members.flatMap((member, index) =>
    known[index] ? [] : [{ member, own: input.own?.[index] ?? {} }],
  );
  // A few at a time: the server takes them one after the other anyway.
  for (let at = 0; at < unknown.length; at += AT_A_TIME) {
    await Promise.all(unknown.slice(at, at + AT_A_TIME).map(({ member, own }) => startRollout(input, member, own)));
    Context.current().heartbeat(at);
  }
  return known.filter((record) => record !== undefined).map(reportOf);
}

const AT_A_TIME = 16;

/** Adds the members to their rounds' plans; a plan never forgets one. */
async function planMembers(store: Store, { run, stage, since, members }: AdmitInput): Promise<void> {
  for (const step of new Set(members.map((member) => member.step))) {
    const plan = await readPlan(store, { run, stage }, step);
    const groups = new Map(plan.groups.map((group) => [group.task, group]));
    for (const { task, member } of members.filter((member) => member.step === step)) {
      const group = groups.get(task) ?? { task, members: 0, since };
      groups.set(task, { ...group, members: Math.max(group.members, member + 1) });
    }
    await store.writeJson(keys.rlPlan(run, stage, step), { groups: [...groups.values()] });
  }
}

async function startRollout(input: AdmitInput, member: Member, own: object): Promise<void> {
  const workflowId = idOf(input, member);
  const place = parseRolloutId(workflowId);
  await Context.current().client.workflow.start('rollout', {
    workflowId,
    taskQueue: input.taskQueue,
    args: [{ ...input.common, ...own, place }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    typedSearchAttributes: attributesOf(place),
    // As the stage's own: pools that several runs share are shared evenly.
    priority: { fairnessKey: place.run },
    staticSummary: `${input.common.policy} at ${place.task}, attempt ${place.member}`,
  });
}

const { KEYWORD, INT } = SearchAttributeType;
const KEYS = {
  run: defineSearchAttributeKey('LonghaulRun', KEYWORD),
  stage: defineSearchAttributeKey('LonghaulStage', KEYWORD),
  task: defineSearchAttributeKey('LonghaulTask', KEYWORD),
  state: defineSearchAttributeKey('LonghaulState', KEYWORD),
  step: defineSearchAttributeKey('LonghaulStep', INT),
};

const attributesOf = (place: { run: string; stage: string; step: string; task: string }): SearchAttributePair[] => [
  { key: KEYS.run, value: place.run },
  { key: KEYS.stage, value: place.stage },
  { key: KEYS.task, value: place.task },
  { key: KEYS.state, value: 'running' },
  { key: KEYS.step, value: Number(place.step) },
];

export interface RolloutsInput extends StageName {
  policy: string;
  members: Member[];
}

/**
 * What became of rollouts that have not reported: those that ended, by their record; those whose workflow is gone without one
 * (it was terminated), which are recorded as infra-failed here. One that still plays is not in the answer.
 */
export async function lookUpRollouts(store: Store, input: RolloutsInput): Promise<RolloutReport[]> {
  const found = await Promise.all(input.members.map((member) => lookUp(store, input, idOf(input, member))));
  return found.filter((record) => record !== undefined).map(reportOf);
}

async function lookUp(store: Store, input: RolloutsInput, rollout: string): Promise<RolloutRecord | undefined> {
  const plays = await isRunning(rollout);
  // Read after the look at the workflow: one that ended in between has written its record.
  const record = await readRecord(store, rollout);
  if (record || plays) return record;
  return recordWithoutScore(store, {
    rollout,
    task: parseRolloutId(rollout).task,
    policy: input.policy,
    outcome: 'infra-failed',
    reason: 'its workflow was ended by force',
  });
}

async function isRunning(workflowId: string): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Asks rollouts to end; each reports by itself. */
export async function cancelRollouts(input: StageName & { members: Member[] }): Promise<void> {
  await Promise.all(
    input.members.map(async (member) => {
      try {
        await Context.current().client.workflow.getHandle(idOf(input, member)).cancel();
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }),
  );
}

/** Tells rollouts that wait that they may go on. */
export async function resumeRollouts(input: StageName & { members: Member[]; stageRun?: string }): Promise<void> {
  const said = input.stageRun === undefined ? [] : [input.stageRun];
  await Promise.all(
    input.members.map(async (member) => {
      try {
        await Context.current()
          .client.workflow.getHandle(idOf(input, member))
          .signal('resume', ...said);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }),
  );
}

const reportOf = (record: RolloutRecord): RolloutReport => {
  const { outcome, score, sandboxSeconds, usd, inputTokens, outputTokens } = summarise(record);
  return { rollout: record.rollout, outcome, score, sandboxSeconds, usd, inputTokens, outputTokens, playedAt: null };
};
