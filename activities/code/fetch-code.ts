import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { seconds } from '../../core/duration.ts';
import { blacklistOf, codeCandidates, repositoryOf } from '../../core/factory/addresses.ts';
import { officialCode, type CodeCandidate, type CodeResult, type OfficialCode } from '../../core/factory/code.ts';
import { conversion } from '../../core/factory/conversion.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { paperRecord, type PaperPlace } from '../../core/factory/paper.ts';
import type { AskingSettings, CodeSettings } from '../../core/factory/settings.ts';
import { scratchFolder } from '../scratch.ts';
import { createAsk } from '../sources/asking.ts';
import type { Store } from '../store.ts';
import { fetchCommit, GitError, type GitLimits } from './git.ts';
import { forksOf } from './forks.ts';
import { takeFiles } from './take-files.ts';

export interface FetchCodeDependencies {
  store: Store;
  scratch: string;
  /** GitHub's API. */
  github: string;
}

export interface FetchCodeInput {
  place: PaperPlace;
  settings: { code: CodeSettings; asking: AskingSettings };
  signal?: AbortSignal | undefined;
}

/** Addresses that are tried before a paper counts as one without code. */
const TRIED = 4;

const kept = z.object({
  code: z
    .object({ address: z.string(), commit: z.string(), folder: z.string(), files: z.number(), bytes: z.number() })
    .nullable(),
  tried: z.array(z.object({ address: z.string(), reason: z.string() })),
  blacklist: z.array(z.string()),
});

/**
 * Finds a paper's own code in its text and metadata and takes one commit of it. What was taken once is what the paper's tasks are
 * made of from then on: the commit does not move under a run that is taken up again.
 */
export async function fetchCode(deps: FetchCodeDependencies, input: FetchCodeInput): Promise<CodeResult> {
  const { store } = deps;
  const before = await store.readJson(factoryKeys.code(input.place));
  if (before !== undefined) return kept.parse(before);
  const candidates = await candidatesOf(store, input.place);
  const own = candidates.filter(({ weight }) => weight > 0);
  const tried: CodeResult['tried'] = [];
  let code: OfficialCode | null = null;
  for (const { address } of own.slice(0, TRIED)) {
    const taken = await take(deps, address, input);
    if ('reason' in taken) tried.push({ address, reason: taken.reason });
    else {
      code = taken;
      break;
    }
  }
  const result: CodeResult = {
    code: code && {
      address: code.address,
      commit: code.commit,
      folder: code.folder,
      files: code.files,
      bytes: code.bytes,
    },
    tried,
    blacklist: blacklistOf(code, await othersOf(deps, { code, own }, input)),
  };
  await store.writeJson(factoryKeys.code(input.place), { ...result, candidates });
  return result;
}

async function candidatesOf(store: Store, place: PaperPlace): Promise<CodeCandidate[]> {
  const record = paperRecord.parse(await store.readJson(factoryKeys.record(place)));
  const converted = conversion.parse(await store.readJson(factoryKeys.converted(place)));
  const markdown = (await store.read(store.keyOf(converted.markdown))).toString('utf8');
  return codeCandidates(markdown, record.code);
}

/** What else leads to the code: everything that the paper calls its own, places of the same name, and forks. */
async function othersOf(
  deps: FetchCodeDependencies,
  { code, own }: { code: OfficialCode | null; own: readonly CodeCandidate[] },
  { settings, signal }: FetchCodeInput,
): Promise<string[]> {
  const name = (address: string): string => address.split('/').at(-1)?.toLowerCase() ?? '';
  const claimed = own.filter(({ address, weight }) => weight >= 5 || (code && name(address) === name(code.address)));
  const repository = code && repositoryOf(code.address);
  const ask = createAsk({ store: deps.store, settings: settings.asking });
  const forks =
    settings.code.forks && repository ? await forksOf(repository, { github: deps.github, ask, signal }) : [];
  return [...claimed.map(({ address }) => address), ...forks];
}

/** One commit of a repository in the store, or why not. */
async function take(
  deps: FetchCodeDependencies,
  address: string,
  input: FetchCodeInput,
): Promise<OfficialCode | { reason: string }> {
  const { code: settings } = input.settings;
  const work = await scratchFolder(deps.scratch);
  const limits: GitLimits = { seconds: seconds(settings.timeout), maxMb: settings.maxMb, signal: input.signal };
  try {
    const commit = await fetchCommit(work, { address, commit: null }, limits);
    const hash = createHash('sha256')
      .update(`${address} ${commit} ${JSON.stringify(settings)}`)
      .digest('hex');
    const folder = factoryKeys.codeAt(hash);
    const before = await deps.store.readJson(`${folder}/code.json`);
    if (before !== undefined) return officialCode.parse(before);
    const taken = await takeFiles(deps.store, { work, commit, folder: `${folder}/files` }, { ...settings, limits });
    if (taken.files === 0) return { reason: 'it has no files that could be taken' };
    const code: OfficialCode = { address, commit, folder: `${folder}/files`, ...taken };
    await deps.store.writeJson(`${folder}/code.json`, code);
    return code;
  } catch (error) {
    if (error instanceof GitError) return { reason: error.message };
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
