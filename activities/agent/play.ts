import { callSeconds, executionSeconds, thinkingSeconds, type Clock } from '../../core/clock.ts';
import {
  finishedTurns,
  isSubmission,
  type Acted,
  type EndKind,
  type Observation,
  type ToolCall,
  type Turn,
  type TurnRecord,
  type Usage,
} from '../../core/trajectory.ts';
import type { OnWait } from '../models/waiting.ts';
import { ContextFull, PolicyStalled, type Policy, type PolicyAnswer, type PolicyRequest } from '../policies/policy.ts';
import type { ExecRequest, ExecResult, Sandbox } from '../sandboxes/sandbox.ts';
import type { Deed, Scaffold } from './scaffold.ts';
import type { TurnLog } from './turn-log.ts';
import { untilAborted } from './until-aborted.ts';

/** Everything a rollout is played with. Seconds are the rollout's clock unless a name says otherwise. */
export interface Game {
  rollout: string;
  instructions: string;
  policy: Policy;
  scaffold: Scaffold;
  sandbox: Sandbox;
  log: TurnLog;
  epoch: number;
  clock: Clock;
  /** As it is now: an operator may change it while the rollout plays. */
  budgetSeconds(): number;
  maxTurns: number;
  /** Turns in a row without a call after which nothing more is expected. */
  idleTurns: number;
  /** Measured seconds after which one call is killed. */
  callTimeoutSeconds: number;
  /** Said in the next observation, once: what a person at the terminal would have noticed. */
  notice?: string;
  /** Before each turn: false stops here with everything durable. */
  mayGoOn(progress: Progress): Promise<boolean>;
  /** While nobody thinks because a provider is busy or away. */
  onWait?: OnWait;
  /** Aborted when this attempt must let go, for whatever reason. */
  signal: AbortSignal;
}

export interface Progress {
  turn: number;
  active: number;
}

/** How the playing stopped: at an end, or at a pause between two turns. */
export type Played = Ended | { end: 'paused'; turns: Turn[]; active: number };

interface Ended {
  end: EndKind;
  turns: Turn[];
  active: number;
  /** What answers took that were no turn. */
  lost?: Usage | undefined;
}

/** Plays from where the turn log stops until the rollout ends; every record is durable before the next step. */
export async function play(game: Game, records: readonly TurnRecord[]): Promise<Played> {
  const turns = finishedTurns(records);
  const last = records.findLast((record) => record.type !== 'opened');
  if (last?.type === 'ended') return { end: last.end, turns, active: last.active, lost: last.lost };
  let open = last?.type === 'acted' ? last : undefined;
  let active = last?.active ?? 0;
  for (;;) {
    const end = open ? undefined : endBefore(game, turns, active);
    if (end) return finish(game, { end, turns, active });
    if (!open && !(await game.mayGoOn({ turn: turns.length, active }))) return { end: 'paused', turns, active };
    const acted = open ?? (await act(game, turns, active));
    if ('end' in acted) return finish(game, { ...acted, turns, active });
    open = undefined;
    const turn = { acted, observed: await observe(game, acted, turns) };
    turns.push(turn);
    active = turn.observed.active;
  }
}

/** What ends a rollout between two turns. */
function endBefore(game: Game, turns: readonly Turn[], active: number): EndKind | undefined {
  const last = turns.at(-1);
  if (last && isSubmission(last)) return 'submitted';
  if (active >= game.budgetSeconds()) return 'budget';
  if (turns.length >= game.maxTurns) return 'turns';
  const newest = turns.slice(-game.idleTurns);
  const isIdle = newest.length === game.idleTurns && newest.every(({ acted }) => acted.calls.length === 0);
  return isIdle ? 'stalled' : undefined;
}

/** Waiting that is shorter is not noted in the turn log. */
const NOTED_SECONDS = 0.5;

interface NoTurn {
  end: Extract<EndKind, 'context' | 'stalled'>;
  lost?: Usage | undefined;
}

/** Asks for the next turn; `context` when the policy has no room for one, `stalled` when it will not make one. */
async function act(game: Game, turns: readonly Turn[], active: number): Promise<Acted | NoTurn> {
  const began = performance.now();
  const { rollout, instructions, onWait } = game;
  const asked = await ask(game, { rollout, instructions, turns, ...(onWait ? { onWait } : {}) });
  if ('end' in asked) return asked;
  const { waitedSeconds = 0, ...answer } = asked;
  const measured = Math.max(0, (performance.now() - began) / 1000 - waitedSeconds);
  const thinking = thinkingSeconds(game.clock, { measured, outputTokens: answer.usage.outputTokens });
  const acted: Acted = {
    type: 'acted',
    epoch: game.epoch,
    turn: turns.length,
    ...answer,
    ...(waitedSeconds >= NOTED_SECONDS ? { waited: Math.round(waitedSeconds * 10) / 10 } : {}),
    active: Math.min(active + thinking, game.budgetSeconds()),
  };
  await game.log.append(acted);
  return acted;
}

async function ask(game: Game, request: PolicyRequest): Promise<PolicyAnswer | NoTurn> {
  try {
    return await game.policy.nextTurn(request, game.signal);
  } catch (error) {
    if (error instanceof ContextFull) return { end: 'context' };
    if (error instanceof PolicyStalled) return { end: 'stalled', lost: error.usage };
    throw error;
  }
}

async function observe(game: Game, acted: Acted, turns: readonly Turn[]) {
  let active = acted.active;
  const observations: Observation[] = [];
  for (const call of acted.calls) {
    const observation = await carryOut(game, call, { turns, active });
    if (!observation) continue;
    observations.push(noticed(game, observation));
    active += observation.seconds;
  }
  const remark = game.scaffold.remark(acted, { active, budget: game.budgetSeconds() });
  if (remark !== undefined) observations.push(said(`t${acted.turn}.remark`, remark));
  const { epoch } = game;
  const observed = { type: 'observed' as const, epoch, turn: acted.turn, observations, active };
  await game.log.append(observed);
  return observed;
}

/** What comes back from one call; nothing where it is a submission that stands. */
async function carryOut(
  game: Game,
  call: ToolCall,
  { turns, active }: { turns: readonly Turn[]; active: number },
): Promise<Observation | undefined> {
  const budget = game.budgetSeconds();
  if (call.name === 'submit' && call.problem === undefined) {
    const refusal = game.scaffold.refuseSubmit({ turns, active, budget });
    return refusal === undefined ? undefined : said(call.id, refusal);
  }
  const deed = game.scaffold.deedOf(call);
  return 'say' in deed ? { ...said(call.id, deed.say), exitCode: 1 } : run(game, { call, deed }, budget - active);
}

/** Words of the scaffold: they take no time. */
const said = (callId: string, output: string): Observation => ({
  callId,
  output,
  exitCode: null,
  ended: 'exit',
  seconds: 0,
});

/** Runs one call within what is left of the budget. A call that the clock cuts uses up all that was left. */
async function run(
  game: Game,
  { call, deed }: { call: ToolCall; deed: Exclude<Deed, { say: string }> },
  left: number,
): Promise<Observation> {
  const flat = callSeconds(game.clock);
  const cut = { callId: call.id, output: '', exitCode: null, ended: 'budget' as const, seconds: left };
  if (left <= flat) return cut;
  const isMeasured = game.clock.type !== 'virtual';
  const timeout = Math.min(game.callTimeoutSeconds, deed.timeoutSeconds ?? Infinity);
  const request: ExecRequest = {
    callId: call.id,
    command: deed.command,
    epoch: game.epoch,
    timeoutSeconds: isMeasured ? Math.min(timeout, left) : timeout,
    ...(isMeasured ? {} : { clockSeconds: left - flat }),
  };
  // On leaving, the call runs on: its answer is in the journal for whoever re-attaches.
  const result = await untilAborted(game.sandbox.exec(request), game.signal);
  const spent = flat + executionSeconds(game.clock, { measured: result.seconds, slept: result.slept });
  if (result.ended === 'budget' || spent >= left) return { ...cut, output: result.output };
  return { callId: call.id, output: result.output, exitCode: result.exitCode, ended: result.ended, seconds: spent };
}

function noticed(game: Game, observation: Observation): Observation {
  const notes = [explain(observation.ended), game.notice].filter((note) => note !== undefined);
  delete game.notice;
  return notes.length === 0
    ? observation
    : { ...observation, output: [observation.output, ...notes].filter((line) => line !== '').join('\n') };
}

/** Ends of a call that its own output does not show. */
function explain(ended: ExecResult['ended']): string | undefined {
  if (ended === 'timeout') return '[the call was killed: it took too long]';
  if (ended === 'interrupted') return '[the call was interrupted: the machine restarted]';
  if (ended === 'killed') return '[the call was killed: it went over a limit]';
  return undefined;
}

async function finish(game: Game, ended: Ended): Promise<Played> {
  const { end, turns, active, lost } = ended;
  const { epoch } = game;
  await game.log.append({ type: 'ended', epoch, turn: turns.length, end, active, ...(lost ? { lost } : {}) });
  return ended;
}
