import type { BlacklistEntry } from '../blacklist.ts';

/** How one line of a blacklist is recognised. */
export interface Target {
  /** The line of the blacklist. */
  entry: string;
  /** An address counts with anything that fetches, a package with what installs packages. */
  kind: 'address' | 'package';
  pattern: RegExp;
}

/** Hosts where `owner/name` is the whole of an address, under which mirrors, proxies and tools know it too. */
const CODE_HOSTS = /^(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitee\.com|huggingface\.co|hf\.co)$/;
/** Pages of packages: what is forbidden is to install them. */
const PACKAGE_PAGES: [RegExp, RegExp][] = [
  [/^pypi\.org$/, /^(?:project|simple)\/([^/]+)/],
  [/^(?:npmjs\.com|www\.npmjs\.com)$/, /^package\/(.+)$/],
  [/^cran\.r-project\.org$/, /^(?:package=|web\/packages\/)([^/]+)/],
  [/^crates\.io$/, /^crates\/([^/]+)/],
];

/** What to look for; an address of a package's page is looked for as a package too. */
export const targetsOf = (entries: readonly BlacklistEntry[]): Target[] => entries.flatMap(targetsOfEntry);

function targetsOfEntry(entry: BlacklistEntry): Target[] {
  if (entry.type === 'package') return [packageTarget(entry.text, entry.name)];
  const { host, path, text } = entry;
  const named = PACKAGE_PAGES.find(([page]) => page.test(host))?.[1].exec(path)?.[1];
  return [addressTarget(text, host, path), ...(named === undefined ? [] : [packageTarget(text, named)])];
}

function addressTarget(entry: string, host: string, path: string): Target {
  const kind = 'address';
  const parts = path.split('/').filter((part) => part !== '');
  if (CODE_HOSTS.test(host) && parts.length >= 2) {
    const repository = parts.slice(parts[0] === 'datasets' || parts[0] === 'spaces' ? 1 : 0).slice(0, 2);
    return { entry, kind, pattern: whole(repository.map(escape).join('/')) };
  }
  const arxiv = host === 'arxiv.org' && /(\d{4}\.\d{4,5}|[a-z-]+\/\d{7})/.exec(path)?.[1];
  if (arxiv)
    return { entry, kind, pattern: new RegExp(String.raw`arxiv(?:\.org)?[/:](?:[\w-]+/)?${escape(arxiv)}`, 'i') };
  const rest = path === '' ? '' : `(?::\\d+)?/${escape(path)}`;
  return { entry, kind, pattern: whole(`${escape(host)}${rest}`) };
}

/** Registries do not tell `-`, `_` and `.` apart. */
const packageTarget = (entry: string, name: string): Target => ({
  entry,
  kind: 'package',
  pattern: whole(
    name
      .split(/[-_.]+/)
      .map(escape)
      .join('[-_.]+'),
  ),
});

const whole = (pattern: string): RegExp => new RegExp(String.raw`(?<![\w-])${pattern}(?:\.git)?(?![\w-])`, 'i');

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
