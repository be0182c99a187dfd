/** What a task's `blacklist.txt` forbids: an address, or a package of a registry. */
export type BlacklistEntry =
  | { type: 'address'; text: string; host: string; path: string }
  | { type: 'package'; text: string; registry: string | null; name: string };

/** The entries of a `blacklist.txt`: one a line, `#` begins a comment, the word `none` stands for an empty list. */
export function parseBlacklist(text: string): BlacklistEntry[] {
  return linesOf(text)
    .filter((line) => line.toLowerCase() !== 'none')
    .map(entryOf);
}

/** Lines that cannot be meant: neither an address nor the name of a package; empty when there are none. */
export const unclearEntries = (text: string): string[] =>
  linesOf(text).filter((line) => /\s/.test(line) || !/[a-z0-9]/i.test(line));

/** Whether the file says anything at all: an empty one is more likely forgotten than meant. */
export const saysNothing = (text: string): boolean => linesOf(text).length === 0;

/** Host and path as they are compared: no scheme, no user, no `www.`, no query, no `.git`, lower case. */
export function normaliseAddress(text: string): { host: string; path: string } {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^git\+/, '')
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/^[^/@\s]+@/, '')
    .replace(/[?#].*$/, '')
    .replace(/^www\./, '');
  const [, host = '', rest = ''] = /^([^/:]*)(?::\d+(?=\/|$))?[/:]?(.*)$/.exec(bare) ?? [];
  return { host, path: rest.replace(/\/+$/, '').replace(/\.git$/, '') };
}

const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

function entryOf(text: string): BlacklistEntry {
  const registered = /^(pypi|npm|cran|crates|conda|hf):(.+)$/i.exec(text);
  if (registered) {
    return { type: 'package', text, registry: (registered[1] ?? '').toLowerCase(), name: registered[2] ?? '' };
  }
  if (!/[/:]/.test(text) && !/\.[a-z]{2,}$/i.test(text)) return { type: 'package', text, registry: null, name: text };
  return { type: 'address', text, ...normaliseAddress(text) };
}
