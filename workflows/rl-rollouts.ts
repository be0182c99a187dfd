import { CancellationScope, condition, log, workflowInfo } from '@temporalio/workflow';
import { seconds } from '../core/duration.ts';
import { rolloutId, stageId } from '../core/names.ts';
import { admit, inFlight, nextBatch, type Group, type Member } from '../core/rl-state.ts';
import { stageKeeping } from './proxies.ts';
import { hear, ownRun, places, playing, type RlDesk } from './rl-desk.ts';

/** Names of so many rollouts fit into one message many times over. */
const AT_ONCE = 100;
/** Silence between two looks at rollouts that say nothing grows up to this. */
const MOST_SILENCE_SECONDS = 3600;
/** Rollouts that were told to end are looked at this often. */
const ENDING_SECONDS = 10;

/** Admits rollouts while the body runs, whenever places and staleness allow. */
export async function whileSlotsAreKeptFull<T>(desk: RlDesk, body: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  const state = { over: false };
  const admitting = (async () => {
    while (!state.over) {
      await condition(() => state.over || isWorthwhile(desk));
      if (!state.over) await start(desk, admit(desk.state, { ...desk.stage, concurrency: places(desk) }));
    }
  })().catch((error: unknown) => {
    scope.cancel();
    throw error;
  });
  // Who waits for the body first must not leave this one's failure unheard.
  admitting.catch(() => undefined);
  try {
    return await scope.run(body);
  } catch (error) {
    if (scope.consideredCancelled) await admitting;
    throw error;
  } finally {
    state.over = true;
    await admitting;
  }
}

/** A few at a time, where there are many: every admission is an activity. */
function isWorthwhile(desk: RlDesk): boolean {
  const { state, stage, board } = desk;
  const count = waiting(desk);
  if (board.state !== 'running' || count === 0) return false;
  const free = places(desk) - inFlight(state);
  const few = Math.ceil(stage.concurrency / 32);
  return free >= Math.min(count, few) || (free > 0 && inFlight(state) === 0);
}

const waiting = ({ state }: RlDesk): number => state.groups.reduce((sum, group) => sum + group.waiting.length, 0);

/** Whether the budget lets none of the rollouts that are still to be played begin. */
const isSpent = (desk: RlDesk): boolean =>
  desk.board.state === 'running' && waiting(desk) > 0 && inFlight(desk.state) === 0 && desk.spending.room(1) === 0;

/** Starts rollouts, or finds them playing; those that have a record already are heard at once. */
export async function start(desk: RlDesk, members: readonly Member[]): Promise<void> {
  const { run, stage, recipe, heartbeat, gpus, state } = desk;
  desk.meter.began(members.length);
  desk.board.inFlight = inFlight(state);
  desk.board.planned += members.length;
  const reportTo = stageId(run, stage.name);
  const told = { policy: stage.name, timeout: stage.timeout, recipe, heartbeat, gpus };
  const common = { ...told, judgePriority: 3, reportTo, stageRun: ownRun() };
  const { taskQueue } = workflowInfo();
  for (let at = 0; at < members.length; at += AT_ONCE) {
    const some = members.slice(at, at + AT_ONCE);
    const own = some.map(() => desk.gate.letIn());
    const options = { summary: `admits ${some.length} rollouts, ${some[0]?.task} first` };
    const ended = await stageKeeping().admitRollouts.executeWithOptions(options, [
      { run, stage: stage.name, taskQueue, since: state.done, members: some, common, own },
    ]);
    for (const report of ended) hear(desk, report);
  }
}

/** Waits for the groups that are trained next. After some silence, rollouts that said nothing are looked up. */
export async function completeGroups(desk: RlDesk): Promise<Group[]> {
  const first = seconds(desk.stage.lookAfter);
  for (let silence = first; ; silence = Math.min(2 * silence, MOST_SILENCE_SECONDS)) {
    const heard = desk.heard;
    const isBroken = (): boolean => desk.broken !== null || desk.refused !== null;
    await condition(() => isBroken() || nextBatch(desk.state, desk.stage) !== null || isSpent(desk), silence * 1000);
    if (isBroken()) throw desk.refused ?? desk.broken;
    const batch = nextBatch(desk.state, desk.stage);
    if (batch) return batch;
    if (isSpent(desk)) desk.spending.demand();
    if (desk.heard === heard && desk.board.state === 'running') await lookUp(desk);
    if (desk.heard !== heard) silence = first / 2;
  }
}

/** Ends what is in flight, and waits until all of it has ended: each writes its record and says so. */
export async function endRollouts(desk: RlDesk): Promise<void> {
  const { run, stage } = desk;
  const members = playing(desk.state);
  if (members.length === 0) return;
  await stageKeeping().cancelRollouts({ run, stage: stage.name, members });
  while (!(await condition(() => inFlight(desk.state) === 0, ENDING_SECONDS * 1000))) await lookUp(desk);
}

/** Finds the ends of rollouts that died without a word, or whose word was lost. */
async function lookUp(desk: RlDesk): Promise<void> {
  const { run, stage } = desk;
  const members = playing(desk.state);
  if (members.length === 0) return;
  const options = { summary: `looks for ${members.length} rollouts that have not reported` };
  const found = await stageKeeping().lookUpRollouts.executeWithOptions(options, [
    { run, stage: stage.name, policy: stage.name, members },
  ]);
  for (const report of found) {
    log.warn('a rollout had ended without a word', { rollout: report.rollout, outcome: report.outcome });
    hear(desk, report);
  }
}

/** The rollout's id of a member, for a person. */
export const nameOf = ({ run, stage }: RlDesk, { step, task, member }: Member): string =>
  rolloutId({ run, stage: stage.name, step: String(step), task, member });
