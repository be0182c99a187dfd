import { createHash } from 'node:crypto';
import { seconds as secondsOf } from '../../core/duration.ts';
import { LOG, SCRIPT } from '../../core/judging/files.ts';
import { reproduction as schema, type Reproduction, type TouchedFile } from '../../core/judging/reproduction.ts';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import type { DeviceSet, ExecResult, Sandbox, SandboxLimits, SandboxProvider } from '../sandboxes/sandbox.ts';
import type { Store } from '../store.ts';
import { keepSnapshot } from '../keep-snapshot.ts';
import { untilAborted } from '../agent/until-aborted.ts';
import { readTar } from './llm/tar.ts';

export interface ReproductionDependencies {
  store: Store;
  sandboxes: SandboxProvider;
  /** A folder of this machine for files in the making. */
  scratch: string;
}

export interface ReproductionRequest {
  rollout: string;
  run: string;
  submission: Artifact;
  timeout: string;
  limits: SandboxLimits;
  devices?: DeviceSet;
  signal: AbortSignal;
}

/**
 * Runs a submission's `reproduce.sh` in a fresh sandbox and keeps what it left: the workspace with its log, and which files it
 * made or changed by their times, which a program cannot set back. A script that fails or takes too long is a result; a sandbox
 * that fails is an error. Done again, what an earlier attempt finished stands; where its sandbox still runs the script, this one
 * waits for it.
 */
export async function reproduce(deps: ReproductionDependencies, request: ReproductionRequest): Promise<Artifact> {
  const { store } = deps;
  const key = `${keys.reproduction(request.rollout)}/reproduction.json`;
  const before = await store.readJson(key);
  if (before !== undefined && isOf(schema.parse(before), request)) return nameOf(store, key);
  const opened = await openOn(deps, request);
  try {
    const result = await runIn(deps, opened, request);
    const named = await store.writeJson(key, result);
    await opened.sandbox.close();
    return named;
  } catch (error) {
    // Whoever tries again goes on in it; an activity that is cancelled destroys it by name.
    await opened.sandbox.detach();
    throw error;
  }
}

async function runIn(
  deps: ReproductionDependencies,
  { sandbox, begun }: Opened,
  request: ReproductionRequest,
): Promise<Reproduction> {
  const done = await run(sandbox, request);
  const touched = await touchedPaths(sandbox, begun, request);
  const left = await keepWorkspace(deps, sandbox, request.rollout);
  return schema.parse({
    submission: request.submission.sha256,
    timeout: request.timeout,
    ...done,
    left,
    ...(await changes(deps.store, { before: request.submission, after: left, touched })),
  });
}

/** The name of the sandbox that a rollout's submission is reproduced in. */
export const reproductionSandbox = (rollout: string): string => `${rollout}.reproduce`;

const isOf = (found: Reproduction, { submission, timeout }: ReproductionRequest): boolean =>
  found.submission === submission.sha256 && found.timeout === timeout;

async function nameOf(store: Store, key: string): Promise<Artifact> {
  const bytes = await store.read(key);
  return { uri: `store:${key}`, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

interface Opened {
  sandbox: Sandbox;
  /** Seconds of the sandbox's clock: what is older was there before. */
  begun: string;
}

/** The sandbox of an earlier attempt where it got as far as the clock, a fresh one that holds the submission otherwise. */
async function openOn(deps: ReproductionDependencies, request: ReproductionRequest): Promise<Opened> {
  const { store, sandboxes } = deps;
  const { rollout, run, submission, limits, devices, timeout } = request;
  const spec = {
    id: reproductionSandbox(rollout),
    labels: { run, rollout },
    limits,
    mounts: [],
    environment: {},
    clock: 'real' as const,
    idleSeconds: secondsOf(timeout) + 3600,
    ...(devices === undefined ? {} : { devices }),
  };
  const first = await sandboxes.open(spec);
  if (first.found === 'attached') {
    const { output, replayed } = await look(first.sandbox);
    if (replayed) return { sandbox: first.sandbox, begun: output.trim() };
  }
  if (first.found !== 'new') await first.sandbox.close();
  const { sandbox } = first.found === 'new' ? first : await sandboxes.open(spec);
  await sandbox.restore(store.path(store.keyOf(submission)));
  return { sandbox, begun: (await look(sandbox)).output.trim() };
}

/**
 * Reads the clock once in a sandbox's life: asked again, the journal answers. The pauses are for the file system, whose clock
 * ticks in milliseconds. (A file as a mark would not do: the script could set its time back.)
 */
const look = (sandbox: Sandbox): Promise<ExecResult> => exec(sandbox, 'clock', 'sleep 0.05; date +%s.%N; sleep 0.05');

const RUN = `test -f ${SCRIPT} || exit 127; bash ${SCRIPT} > ${LOG} 2>&1 < /dev/null`;

async function run(
  sandbox: Sandbox,
  { timeout, signal }: ReproductionRequest,
): Promise<Pick<Reproduction, 'hasScript' | 'exitCode' | 'ended' | 'seconds'>> {
  const hasScript = (await exec(sandbox, 'script', `test -f ${SCRIPT}`)).exitCode === 0;
  if (!hasScript) return { hasScript, exitCode: null, ended: 'none', seconds: 0 };
  const request = { callId: 'reproduce', command: RUN, epoch: 0, timeoutSeconds: secondsOf(timeout) };
  // On leaving, the script runs on: its answer is in the journal for whoever re-attaches.
  const result = await untilAborted(sandbox.exec(request), signal);
  if (result.ended === 'interrupted' || result.ended === 'budget') {
    await sandbox.close();
    throw new Error(`the sandbox ${sandbox.id} died under ${SCRIPT}`);
  }
  return { hasScript, exitCode: result.exitCode, ended: result.ended, seconds: result.seconds };
}

/** Files whose content or entry is younger than the beginning. */
async function touchedPaths(
  sandbox: Sandbox,
  begun: string,
  { limits, signal }: ReproductionRequest,
): Promise<Set<string>> {
  signal.throwIfAborted();
  const listing = `/tmp/longhaul-touched-${createHash('sha256').update(sandbox.id).digest('hex').slice(0, 12)}`;
  const command = `find . -xdev -type f -newerct @${begun} -print0 > ${listing}; wc -c < ${listing}`;
  const listed = await exec(sandbox, 'touched', command);
  if (listed.exitCode !== 0) throw new Error(`what ${SCRIPT} changed could not be listed: ${listed.output}`);
  // Read in parts: a call's output is cut in the middle where it is long.
  const parts: Buffer[] = [];
  const size = Math.floor(limits.outputBytes / 2);
  for (let part = 0; part * size < Number(listed.output.trim()); part += 1) {
    const read = `tail -c +${part * size + 1} ${listing} | head -c ${size} | base64 -w 0`;
    parts.push(Buffer.from((await exec(sandbox, `touched.${part}`, read)).output.trim(), 'base64'));
  }
  const names = Buffer.concat(parts).toString('utf8').split('\0');
  return new Set(names.filter((name) => name !== '').map((name) => name.replace(/^\.\//, '')));
}

/** A short call of our own. */
async function exec(sandbox: Sandbox, callId: string, command: string): Promise<ExecResult> {
  const result = await sandbox.exec({ callId, command, epoch: 0, timeoutSeconds: 600 });
  if (result.ended !== 'exit') throw new Error(`the sandbox ${sandbox.id} was cut (${result.ended}) under ${callId}`);
  return result;
}

function keepWorkspace(deps: ReproductionDependencies, sandbox: Sandbox, rollout: string): Promise<Artifact> {
  return keepSnapshot(deps, sandbox, `${keys.reproduction(rollout)}/left.tar`);
}

interface Changed {
  before: Artifact;
  after: Artifact;
  touched: ReadonlySet<string>;
}

/** What the run did to which file, by comparing both workspaces. */
async function changes(
  store: Store,
  { before, after, touched }: Changed,
): Promise<Pick<Reproduction, 'touched' | 'removed'>> {
  const [old, now] = [await hashFiles(store, before), await hashFiles(store, after)];
  const found = [...now].filter(([path, { sha256 }]) => touched.has(path) || old.get(path)?.sha256 !== sha256);
  return {
    touched: found.map(([path, file]): TouchedFile => {
      const earlier = old.get(path);
      const change = !earlier ? 'created' : earlier.sha256 === file.sha256 ? 'same' : 'modified';
      return { path, ...file, change };
    }),
    removed: [...old.keys()].filter((path) => !now.has(path)),
  };
}

async function hashFiles(store: Store, tar: Artifact): Promise<Map<string, { bytes: number; sha256: string }>> {
  const hashes = new Map<string, { bytes: number; hash: ReturnType<typeof createHash> }>();
  await readTar(store.path(store.keyOf(tar)), (path, bytes) => {
    const hash = createHash('sha256');
    hashes.set(path, { bytes, hash });
    return (chunk) => void hash.update(chunk);
  });
  return new Map([...hashes].map(([path, { bytes, hash }]) => [path, { bytes, sha256: hash.digest('hex') }]));
}
