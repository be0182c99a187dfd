import type { CodeCandidate, OfficialCode } from './code.ts';
import { oneLine } from './text.ts';

/** Where code is hosted, and how many parts of the path name a repository there. */
const HOSTS: Record<string, number> = {
  'github.com': 2,
  'gitlab.com': 2,
  'bitbucket.org': 2,
  'codeberg.org': 2,
  'git.sr.ht': 2,
  'gitee.com': 2,
  'huggingface.co': 2,
  'anonymous.4open.science': 2,
};

/** First parts of paths on these hosts that are no owner of a repository. */
const NO_OWNER = new Set(['about', 'apps', 'blog', 'datasets', 'docs', 'explore', 'features', 'marketplace', 'orgs']);
const NO_REPOSITORY = new Set(['issues', 'pulls', 'settings', 'followers']);

/** The canonical address of a repository that a text names, `https://host/owner/name` in the case that was written, or null. */
export function repositoryOf(address: string): string | null {
  const clean = address
    .trim()
    .replace(/^git\+/, '')
    .replace(/^git@([^:]+):/, 'https://$1/');
  const match = /^(?:[a-z][a-z+]*:\/\/)?(?:[^@/]*@)?(?:www\.)?([^/:?#]+)(?::\d+)?\/([^?#]*)/i.exec(clean);
  const host = match?.[1]?.toLowerCase() ?? '';
  const pages = /^([\w-]+)\.(github|gitlab)\.io$/.exec(host);
  const parts = (match?.[2] ?? '').split('/').filter((part) => part !== '');
  if (pages) return parts[0] ? `https://${pages[2]}.com/${pages[1]}/${tidy(parts[0])}` : null;
  const wanted = HOSTS[host];
  const [owner, name] = parts;
  if (wanted === undefined || !owner || !name || NO_OWNER.has(owner.toLowerCase())) return null;
  const repository = tidy(name);
  if (repository === '' || NO_REPOSITORY.has(repository)) return null;
  return `https://${host}/${tidy(owner)}/${repository}`;
}

/** Two spellings of one repository are the same: hosts and owners do not tell cases apart. */
export const sameRepository = (a: string, b: string): boolean =>
  (repositoryOf(a) ?? a).toLowerCase() === (repositoryOf(b) ?? b).toLowerCase();

/** Punctuation of the sentence, and what git takes either way. */
const tidy = (part: string): string => part.replace(/[.,;:)\]}'"*>]+$/, '').replace(/\.git$/, '');

/** Words beside an address that claim it, and words that give it to others. */
const CLAIMS =
  /\b(?:our|the|all|source|full|this)\s+(?:\w+\s+){0,3}(?:code|implementation|repository|software|scripts?)\b|\bcode\b[^.]{0,60}\b(?:available|released?|found|provided|hosted|accessed|here)\b|\bwe\s+(?:\w+\s+)?(?:release|open-source|publish|provide|share)\b|\b(?:code|repository|software|implementation|github)\s*:/i;
const OTHERS =
  /\b(?:their|official|original|public|existing|third-party|based on|adapted from|borrow\w*|taken from|provided by|following|we use(?:d)?|baseline\w*|retrieved)\b/i;
const REFERENCES = /^#{1,6}\s*(?:\d+\.?\s*)?(?:references|bibliography|literature cited)\s*$/im;

/**
 * Addresses of code in a paper (and in its metadata), the likeliest to be its own first. What the paper claims counts most; an
 * address in the references, or given to others by the words around it, is somebody else's and has weight 0.
 */
export function codeCandidates(paper: string, metadata: readonly string[] = []): CodeCandidate[] {
  const found = new Map<string, CodeCandidate>();
  const add = (candidate: CodeCandidate): void => {
    const key = candidate.address.toLowerCase();
    const before = found.get(key);
    if (!before || before.weight < candidate.weight) found.set(key, candidate);
  };
  for (const address of metadata) {
    add({ address: repositoryOf(address) ?? address, evidence: 'metadata', weight: 10 });
  }
  const references = REFERENCES.exec(paper)?.index ?? paper.length;
  for (const { 0: text, index } of paper.matchAll(ADDRESS)) {
    const address = repositoryOf(text);
    if (!address) continue;
    const around = oneLine(paper.slice(Math.max(0, index - 160), index + text.length + 60));
    add({ address, evidence: around, weight: weigh(around, index / Math.max(1, paper.length), index > references) });
  }
  return [...found.values()].toSorted((a, b) => b.weight - a.weight);
}

const ADDRESS =
  /(?:https?:\/\/|git@|www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|git\.sr\.ht|gitee\.com|huggingface\.co|anonymous\.4open\.science|[\w-]+\.(?:github|gitlab)\.io)[/:][^\s<>()[\]{}"'`|\\]+/gi;

/** Claimed, then on the first page or so, then merely named. */
function weigh(around: string, place: number, inReferences: boolean): number {
  if (inReferences) return 0;
  const claimed = CLAIMS.test(around);
  if (OTHERS.test(around) && !claimed) return 0;
  return (claimed ? 5 : 1) + (place < 0.15 ? 2 : 0);
}

/** The lines of `blacklist.txt`: the code, other places that have it, and packages made of it, each once. */
export function blacklistOf(
  code: Pick<OfficialCode, 'address' | 'packages'> | null,
  others: readonly string[] = [],
): string[] {
  const packages = (code?.packages ?? []).map(({ registry, name }) => REGISTRIES[registry](name));
  const all = [
    ...(code ? [code.address] : []),
    ...others.map((address) => repositoryOf(address) ?? address),
    ...packages,
  ];
  const seen = new Set<string>();
  // A path on this machine is no address that anybody could go to.
  return all.filter((line) => /^https?:/.test(line) && !seen.has(line.toLowerCase()) && seen.add(line.toLowerCase()));
}

const REGISTRIES: Record<OfficialCode['packages'][number]['registry'], (name: string) => string> = {
  pypi: (name) => `https://pypi.org/project/${name}`,
  npm: (name) => `https://www.npmjs.com/package/${name}`,
  cran: (name) => `https://cran.r-project.org/package=${name}`,
  crates: (name) => `https://crates.io/crates/${name}`,
};

/** A `blacklist.txt` as PaperBench writes it: one address a line without a line end, or the word `none`. */
export const blacklistText = (lines: readonly string[]): string => (lines.length === 0 ? 'none' : lines.join('\n'));
