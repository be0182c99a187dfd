import type { OfficialCode } from '../../core/factory/code.ts';
import { byWorth, contentCause, listedCause, packagesIn } from '../../core/factory/code-files.ts';
import { redact } from '../../core/factory/secrets.ts';
import type { CodeSettings } from '../../core/factory/settings.ts';
import type { Store } from '../store.ts';
import { listTree, readBlob, type GitLimits, type TreeEntry } from './git.ts';

type Taken = Omit<OfficialCode, 'address' | 'commit' | 'folder'>;

const MB = 2 ** 20;

/** Copies the source files of a commit into the store, object by object: links are not followed, filters do not run. */
export async function takeFiles(
  store: Store,
  { work, commit, folder }: { work: string; commit: string; folder: string },
  settings: CodeSettings & { limits: GitLimits },
): Promise<Taken> {
  const taken: Taken = { files: 0, bytes: 0, licence: null, packages: [], dropped: [], redacted: [] };
  const declaring: { path: string; text: string }[] = [];
  const listed = await listTree(work, commit, settings.limits);
  for (const entry of listed.toSorted(byWorth)) {
    const file = await read(work, entry, { taken, settings });
    if ('cause' in file) {
      taken.dropped.push({ path: entry.path, cause: file.cause });
      continue;
    }
    const { text, found } = redact(file.text);
    taken.redacted.push(...found.map((one) => ({ path: entry.path, ...one })));
    const { bytes } = await store.write(`${folder}/${entry.path}`, text);
    taken.files += 1;
    taken.bytes += bytes;
    if (/^(?:licen[cs]e|copying)(?:\.\w+)?$/i.test(entry.path)) taken.licence ??= firstLine(text);
    if (/(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg)|package\.json|DESCRIPTION|Cargo\.toml)$/.test(entry.path)) {
      declaring.push({ path: entry.path, text });
    }
  }
  return { ...taken, packages: packagesIn(declaring) };
}

async function read(
  work: string,
  entry: TreeEntry,
  { taken, settings }: { taken: Taken; settings: CodeSettings & { limits: GitLimits } },
): Promise<{ text: string } | { cause: Taken['dropped'][number]['cause'] }> {
  const listed = listedCause(entry, settings);
  if (listed) return { cause: listed };
  const full = taken.files >= settings.maxFiles || taken.bytes + (entry.size ?? 0) > settings.maxKeptMb * MB;
  if (full) return { cause: 'over-limit' };
  const bytes = await readBlob(work, entry.object, settings.limits);
  const cause = contentCause(bytes);
  return cause ? { cause } : { text: bytes.toString('utf8') };
}

const firstLine = (text: string): string | null =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '') ?? null;
