/** A file of the official code. */
export interface CodeFile {
  path: string;
  text: string;
}

/** What a call sees of the official code: the list of its files, and as many of them as the limit allows, the telling ones first. */
export function codeText(files: readonly CodeFile[], limit: number): string {
  if (files.length === 0) return 'There is none.';
  const shown: CodeFile[] = [];
  let left = limit;
  for (const file of files.toSorted(byWorth)) {
    if (file.text.length > left) continue;
    left -= file.text.length;
    shown.push(file);
  }
  const list = files.map(({ path, text }) => `${path} (${text.length} characters)`).join('\n');
  const omitted = files.length - shown.length;
  const note = omitted === 0 ? 'All of it is shown.' : `${omitted} of ${files.length} files are not shown.`;
  const texts = shown.toSorted(byPath).map(({ path, text }) => `<file path="${path}">\n${text}\n</file>`);
  return [`<files>\n${list}\n</files>`, note, ...texts].join('\n\n');
}

/** What says how things are done comes before what only lies there. */
const WORTH: readonly [RegExp, number][] = [
  [/(?:^|\/)readme(?:\.\w+)?$/i, 0],
  [/\.(?:ya?ml|toml|cfg|ini|gin)$/i, 1],
  [/(?:^|\/)(?:requirements[^/]*\.txt|environment\.ya?ml|setup\.py)$/i, 1],
  [/(?:^|\/)(?:main|train|run|model|eval|config|data)[^/]*\.\w+$/i, 2],
  [/\.(?:py|r|jl|cpp|cc|cu|java|rs|go|m|lua|scala|ts|js|sh)$/i, 3],
  [/(?:^|\/)tests?\//i, 6],
];

const worthOf = ({ path }: CodeFile): number => WORTH.find(([pattern]) => pattern.test(path))?.[1] ?? 5;
const byPath = (one: CodeFile, other: CodeFile): number => (one.path < other.path ? -1 : 1);
const byWorth = (one: CodeFile, other: CodeFile): number =>
  worthOf(one) - worthOf(other) || one.text.length - other.text.length || byPath(one, other);
