import { createHash } from 'node:crypto';
import { SCRIPT } from '../../../core/judging/files.ts';
import type { Reproduction, TouchedFile } from '../../../core/judging/reproduction.ts';
import type { Artifact } from '../../../core/record.ts';
import { keepSnapshot } from '../../keep-snapshot.ts';
import type { Sandbox } from '../../sandboxes/sandbox.ts';
import type { Store } from '../../store.ts';
import { readTar } from '../llm/tar.ts';
import { shortCall } from './calls.ts';

export interface LeftDependencies {
  store: Store;
  /** A folder of this machine for files in the making. */
  scratch: string;
}

export interface Ran {
  sandbox: Sandbox;
  /** Seconds of the sandbox's clock: what is older was there before. */
  begun: string;
  /** In the store. */
  folder: string;
  submission: Artifact;
  outputBytes: number;
}

/** Keeps what a run left: the workspace, and what it did to which file. */
export async function keepLeft(
  deps: LeftDependencies,
  ran: Ran,
  signal: AbortSignal,
): Promise<Pick<Reproduction, 'left' | 'touched' | 'removed'>> {
  signal.throwIfAborted();
  const touched = await touchedPaths(ran);
  const left = await keepWorkspace(deps, ran);
  return { left, ...(await changes(deps.store, { before: ran.submission, after: left, touched })) };
}

/** Files whose content or entry is younger than the beginning. */
async function touchedPaths({ sandbox, begun, outputBytes }: Ran): Promise<Set<string>> {
  const listing = `/tmp/longhaul-touched-${createHash('sha256').update(sandbox.id).digest('hex').slice(0, 12)}`;
  const command = `find . -xdev -type f -newerct @${begun} -print0 > ${listing}; wc -c < ${listing}`;
  const listed = await shortCall(sandbox, 'touched', command);
  if (listed.exitCode !== 0) throw new Error(`what ${SCRIPT} changed could not be listed: ${listed.output}`);
  // Read in parts: a call's output is cut in the middle where it is long.
  const parts: Buffer[] = [];
  const size = Math.floor(outputBytes / 2);
  for (let part = 0; part * size < Number(listed.output.trim()); part += 1) {
    const read = `tail -c +${part * size + 1} ${listing} | head -c ${size} | base64 -w 0`;
    parts.push(Buffer.from((await shortCall(sandbox, `touched.${part}`, read)).output.trim(), 'base64'));
  }
  const names = Buffer.concat(parts).toString('utf8').split('\0');
  return new Set(names.filter((name) => name !== '').map((name) => name.replace(/^\.\//, '')));
}

const keepWorkspace = (deps: LeftDependencies, { sandbox, folder }: Ran): Promise<Artifact> =>
  keepSnapshot(deps, sandbox, `${folder}/left.tar`);

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
