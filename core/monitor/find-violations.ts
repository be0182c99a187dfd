import type { BlacklistEntry } from '../blacklist.ts';
import type { Violation } from '../record.ts';
import { effectiveParts, fetches, installs, saysFetched } from './fetching.ts';
import { statementsOf, takeDocuments } from './statements.ts';
import { targetsOf, type Target } from './targets.ts';

/** Something that the agent ran, wrote or saw. */
export type Source =
  | { kind: 'shell'; where: string; text: string }
  | { kind: 'file'; where: string; path: string; text: string }
  | { kind: 'output'; where: string; text: string }
  | { kind: 'address'; where: string; text: string };

const EVIDENCE = 400;

/**
 * Every fetch of something that a blacklist forbids, with the line as evidence. Looked at are commands and scripts with their
 * variables, code that was written, what tools say that they fetch, and addresses given to a tool. To name an address is no
 * violation, in a text, a comment or a search; what was made unreadable on purpose (base64, a redirect) is not found.
 */
export function findViolations(entries: readonly BlacklistEntry[], sources: Iterable<Source>): Violation[] {
  const targets = targetsOf(entries);
  if (targets.length === 0) return [];
  const found: Violation[] = [];
  for (const source of sources) found.push(...violationsIn(source, targets));
  return found;
}

function violationsIn(source: Source, targets: readonly Target[]): Violation[] {
  switch (source.kind) {
    case 'shell':
      return inShell(source, targets);
    case 'file':
      return inFile(source, targets);
    case 'output':
      return inOutput(source, targets);
    case 'address':
      return targets
        .filter(({ kind, pattern }) => kind === 'address' && pattern.test(source.text))
        .map(({ entry }) => violation(entry, source.where, source.text));
  }
}

function inShell({ where, text }: { where: string; text: string }, targets: readonly Target[]): Violation[] {
  const { shell, documents } = takeDocuments(text);
  const own = statementsOf(shell).flatMap(({ text: statement, line }) =>
    effectiveParts(statement).flatMap((part) => hits(part, targets).map((entry) => violation(entry, where, line))),
  );
  const written = documents.flatMap(({ file, text: document }) =>
    inFile(
      { where: file === undefined ? where : `${where}, ${file}`, path: file ?? 'program.py', text: document },
      targets,
    ),
  );
  return [...own, ...written];
}

const SHELL = /\.(?:sh|bash|zsh)$|(?:^|\/)(?:dockerfile|makefile)$/i;
const CODE = /\.(?:py|ipynb|r|jl|js|ts|c|cc|cpp|h|go|rs|java|scala|pl|rb|lua|cfg|toml|ya?ml|json)$/i;
/** Files in which an address is a dependency by itself. */
const DEPENDENCIES =
  /(?:^|\/)(?:[\w-]*requirements[\w-]*\.(?:txt|in)|environment\.ya?ml|\.gitmodules|\.git\/(?:config|FETCH_HEAD))$/i;

function inFile(file: { where: string; path: string; text: string }, targets: readonly Target[]): Violation[] {
  const { where, path, text } = file;
  if (DEPENDENCIES.test(path)) return inDependencies(file, targets);
  if (!SHELL.test(path) && !CODE.test(path)) return [];
  const partsOf = SHELL.test(path) ? effectiveParts : (statement: string) => [statement];
  const shown = path.endsWith('.ipynb') ? text.replaceAll(String.raw`\"`, '"') : text;
  return statementsOf(shown).flatMap(({ text: statement, line, number }) =>
    partsOf(statement).flatMap((part) =>
      hits(part, targets).map((entry) => violation(entry, `${where}, line ${number}`, line)),
    ),
  );
}

function inDependencies({ where, text }: { where: string; text: string }, targets: readonly Target[]): Violation[] {
  return text.split('\n').flatMap((line, index) => {
    const bare = line.replace(/^\s*#.*$/, '');
    const named = targets.filter(({ pattern }) => pattern.test(bare));
    return named.map(({ entry }) => violation(entry, `${where}, line ${index + 1}`, line));
  });
}

function inOutput({ where, text }: { where: string; text: string }, targets: readonly Target[]): Violation[] {
  const lines = text.split('\n').filter(saysFetched);
  return lines.flatMap((line) =>
    targets.filter(({ pattern }) => pattern.test(line)).map(({ entry }) => violation(entry, where, line)),
  );
}

/** The entries that a statement fetches. */
function hits(statement: string, targets: readonly Target[]): string[] {
  const named = targets.filter(({ pattern }) => pattern.test(statement));
  if (named.length === 0) return [];
  const [fetched, installed] = [fetches(statement), installs(statement)];
  return named.filter(({ kind }) => installed || (kind === 'address' && fetched)).map(({ entry }) => entry);
}

const violation = (entry: string, where: string, line: string): Violation => ({
  entry,
  where,
  evidence: line.trim().slice(0, EVIDENCE),
});
