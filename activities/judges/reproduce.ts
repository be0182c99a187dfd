import { createHash } from 'node:crypto';
import { seconds as secondsOf } from '../../core/duration.ts';
import type { ReproductionSettings } from '../../core/judge-settings.ts';
import { LOG, SCRIPT } from '../../core/judging/files.ts';
import {
  reproduction as schema,
  tooShort,
  type Reproduction,
  type TooShort,
  type Way,
} from '../../core/judging/reproduction.ts';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { untilAborted } from '../agent/until-aborted.ts';
import type { DeviceSet, Sandbox, SandboxLimits, SandboxProvider } from '../sandboxes/sandbox.ts';
import { shortCall } from './reproduction/calls.ts';
import { keepLeft, type LeftDependencies } from './reproduction/left.ts';
import { callOf, otherWays, runCommand } from './reproduction/ways.ts';

export interface ReproductionDependencies extends LeftDependencies {
  sandboxes: SandboxProvider;
}

export interface ReproductionRequest {
  rollout: string;
  run: string;
  submission: Artifact;
  settings: ReproductionSettings;
  limits: SandboxLimits;
  devices?: DeviceSet;
  /** Of the attempt: an older one is kept out of the sandbox. */
  epoch: number;
  /** Told at the beginning of each run. */
  onProgress?(details: unknown): void;
  signal: AbortSignal;
}

/**
 * Runs a submission's `reproduce.sh` in a fresh sandbox and keeps what it left: the workspace with its log, and which files it
 * made or changed by their times, which a program cannot set back. A script that fails or takes too long is a result; a sandbox
 * that fails is an error. One that ends too soon for the recipe is run again in other ways, each in a sandbox of its own, and the
 * last run counts. Done again, what an earlier attempt finished stands; where its sandbox still runs the script, this one waits
 * for it.
 */
export async function reproduce(deps: ReproductionDependencies, request: ReproductionRequest): Promise<Artifact> {
  const folder = await folderFor(deps, request);
  const key = `${folder}/${RESULT}`;
  const before = await deps.store.readJson(key);
  if (before !== undefined && isOf(schema.parse(before), request)) return nameOf(deps, key);
  const soon: TooShort[] = [];
  for (;;) {
    const way = soon[0] ? (soon[0].others[soon.length - 1] as Way) : 'plain';
    request.onProgress?.({ way, before: soon.length });
    const ended = await runOnce(deps, { request, folder, way, soon });
    if ('uri' in ended) return ended;
    soon.push(ended);
  }
}

const RESULT = 'reproduction.json';

/** The rollout's own, or where a verdict may name what is kept there, one beside for these settings. */
async function folderFor({ store }: ReproductionDependencies, request: ReproductionRequest): Promise<string> {
  const own = keys.reproduction(request.rollout);
  const before = await store.readJson(`${own}/${RESULT}`);
  if (before === undefined || isOf(schema.parse(before), request)) return own;
  const { timeout, retryUnder } = request.settings;
  const of = JSON.stringify([request.submission.sha256, timeout, retryUnder ?? null]);
  return `${own}/${createHash('sha256').update(of).digest('hex').slice(0, 12)}`;
}

interface Run {
  request: ReproductionRequest;
  /** Of what it leaves, in the store. */
  folder: string;
  way: Way;
  /** The runs before it. */
  soon: readonly TooShort[];
}

/** One run: the name of what it left, or that it ended too soon and there is another way. */
async function runOnce(deps: ReproductionDependencies, run: Run): Promise<Artifact | TooShort> {
  const { request, folder, way, soon } = run;
  const { submission, settings, limits } = request;
  const key = `${folder}/too-short-${way}.json`;
  const known = tooShort.safeParse(await deps.store.readJson(key)).data;
  if (known && isOf(known, request)) return known;
  const { sandbox, begun } = await openOn(deps, request, way);
  try {
    const done = await runScript(sandbox, request, way);
    const others = await waysAfter(run, sandbox, done);
    if (others.length > soon.length) {
      const log = await logOf(sandbox, way);
      const ended = tooShort.parse({ submission: submission.sha256, ...settings, way, ...done, others, log });
      await deps.store.writeJson(key, ended);
      await sandbox.close();
      return ended;
    }
    const kept = await keepLeft(
      deps,
      { sandbox, begun, folder, submission, outputBytes: limits.outputBytes },
      request.signal,
    );
    const result = schema.parse({ submission: submission.sha256, ...settings, way, soon, ...done, ...kept });
    const named = await deps.store.writeJson(`${folder}/${RESULT}`, result);
    await sandbox.close();
    return named;
  } catch (error) {
    // Whoever tries again goes on in it; an activity that is cancelled destroys it by name.
    await sandbox.detach();
    throw error;
  }
}

/** The ways in which it may be run besides, where this run was too short to be believed. */
async function waysAfter({ request, soon }: Run, sandbox: Sandbox, { hasScript, seconds }: Done): Promise<Way[]> {
  const { retryUnder } = request.settings;
  if (retryUnder === undefined || !hasScript || seconds >= secondsOf(retryUnder)) return [];
  return soon[0]?.others ?? otherWays(sandbox);
}

/** The end of what the script printed, for whoever wonders. */
const logOf = async (sandbox: Sandbox, way: Way): Promise<string> =>
  (await shortCall(sandbox, callOf(way, 'log'), `tail -c 8000 ${LOG} 2> /dev/null || true`)).output;

/** The name of the sandbox that a rollout's submission is reproduced in. */
export const reproductionSandbox = (rollout: string): string => `${rollout}.reproduce`;

const isOf = (
  found: Pick<Reproduction, 'submission' | 'timeout' | 'retryUnder'>,
  { submission, settings }: ReproductionRequest,
): boolean =>
  found.submission === submission.sha256 &&
  found.timeout === settings.timeout &&
  found.retryUnder === settings.retryUnder;

async function nameOf({ store }: ReproductionDependencies, key: string): Promise<Artifact> {
  const bytes = await store.read(key);
  return { uri: `store:${key}`, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

interface Opened {
  sandbox: Sandbox;
  /** Seconds of the sandbox's clock: what is older was there before. */
  begun: string;
}

/** The sandbox of an earlier attempt where it got as far as the clock, a fresh one that holds the submission otherwise. */
async function openOn(
  { store, sandboxes }: ReproductionDependencies,
  { rollout, run, submission, limits, devices, settings, epoch }: ReproductionRequest,
  way: Way,
): Promise<Opened> {
  const spec = {
    id: reproductionSandbox(rollout),
    labels: { run, rollout },
    limits,
    mounts: [],
    environment: {},
    clock: 'real' as const,
    idleSeconds: secondsOf(settings.timeout) + 3600,
    ...(devices === undefined ? {} : { devices }),
  };
  const open = async () => {
    const { sandbox, found } = await sandboxes.open(spec);
    return { sandbox: fenced(sandbox, epoch), found };
  };
  const first = await open();
  if (first.found === 'attached') {
    const { output, exitCode } = await first.sandbox.exec({
      callId: callOf(way, 'clock'),
      command: 'false',
      epoch: 0,
      timeoutSeconds: 60,
    });
    if (exitCode === 0) return { sandbox: first.sandbox, begun: output.trim() };
  }
  if (first.found !== 'new') await first.sandbox.close();
  const { sandbox } = first.found === 'new' ? first : await open();
  await sandbox.restore(store.path(store.keyOf(submission)), epoch);
  return { sandbox, begun: (await shortCall(sandbox, callOf(way, 'clock'), READ_CLOCK)).output.trim() };
}

/** Every call of it is one of this epoch. */
const fenced = (sandbox: Sandbox, epoch: number): Sandbox => ({
  ...sandbox,
  exec: (request, signal) => sandbox.exec({ ...request, epoch }, signal),
});

/**
 * Once in a sandbox's life, when it is filled: asked again, the journal answers. The pauses are for the file system, whose clock
 * ticks in milliseconds. (A file as a mark would not do: the script could set its time back.)
 */
const READ_CLOCK = 'sleep 0.05; date +%s.%N; sleep 0.05';

type Done = Pick<Reproduction, 'hasScript' | 'exitCode' | 'ended' | 'seconds'>;

async function runScript(sandbox: Sandbox, { settings, signal }: ReproductionRequest, way: Way): Promise<Done> {
  const hasScript = (await shortCall(sandbox, callOf(way, 'script'), `test -f ${SCRIPT}`)).exitCode === 0;
  if (!hasScript) return { hasScript, exitCode: null, ended: 'none', seconds: 0 };
  const timeoutSeconds = secondsOf(settings.timeout);
  const command = runCommand(way, { sandbox: sandbox.id, hasWays: settings.retryUnder !== undefined });
  const request = { callId: callOf(way, 'reproduce'), command, epoch: 0, timeoutSeconds };
  // On leaving, the script runs on: its answer is in the journal for whoever re-attaches.
  const result = await untilAborted(sandbox.exec(request), signal);
  if (result.ended === 'interrupted' || result.ended === 'budget') {
    await sandbox.close();
    throw new Error(`the sandbox ${sandbox.id} died under ${SCRIPT}`);
  }
  return { hasScript, exitCode: result.exitCode, ended: result.ended, seconds: result.seconds };
}
