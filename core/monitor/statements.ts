/** A statement of a shell command or a script, and the line that it began with. */
export interface Statement {
  /** As it is looked at: joined lines, without comments, with what its variables are known to hold. */
  text: string;
  /** As it was written. */
  line: string;
  number: number;
}

/** A document within a shell command: `cat > run.sh <<EOF … EOF`. */
export interface Document {
  /** The file that it is written to; undefined where a program reads it. */
  file: string | undefined;
  text: string;
}

/** Takes here-documents out of a shell command, for they are files or programs of their own. */
export function takeDocuments(command: string): { shell: string; documents: Document[] } {
  const documents: Document[] = [];
  const lines = command.split('\n');
  const shell: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    shell.push(line);
    for (const [, , word] of line.matchAll(/<<-?\s*(['"]?)([A-Za-z_]\w*)\1/g)) {
      const end = lines.findIndex((other, at) => at > index && other.trim() === word);
      const last = end === -1 ? lines.length : end;
      documents.push({ file: targetOf(line), text: lines.slice(index + 1, last).join('\n') });
      index = last;
    }
  }
  return { shell: shell.join('\n'), documents };
}

const targetOf = (line: string): string | undefined =>
  /(?:>>?\s*|\btee\s+(?:-a\s+)?)(['"]?)([^\s'"<>|;&]+)\1/.exec(line)?.[2];

/**
 * The statements of a text: lines that are joined by a backslash or by an open bracket are one, comments are left out, strings
 * that are added up are one, and a variable stands for what the same text has given it.
 */
export function statementsOf(text: string): Statement[] {
  const values = new Map<string, string>();
  return joinLines(text).map(({ line, number, text: joined }) => {
    const bare = withoutComment(joined).replaceAll(/(['"])\s*\+\s*f?\1/g, '');
    const filled = fillIn(bare, values);
    const [, name, value] = ASSIGNMENT.exec(filled) ?? LOOP.exec(filled) ?? [];
    if (name !== undefined && value !== undefined && value.length < 2000)
      values.set(name, value.replaceAll(/['"]/g, ''));
    return { text: filled, line, number };
  });
}

const ASSIGNMENT = /^\s*(?:export\s+|local\s+|const\s+|let\s+)?([A-Za-z_]\w*)\s*=\s*(f?['"]?[^=].*)$/s;
const LOOP = /^\s*for\s+([A-Za-z_]\w*)\s+in\s+(.+)$/s;
const USE = /\$\{?([A-Za-z_]\w*)\}?|\{([A-Za-z_]\w*)\}|(?<![\w.'"/-])([A-Za-z_]\w*)(?![\w(='"/-])/g;

function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  if (values.size === 0) return text;
  return text.replaceAll(USE, (found: string, ...names: (string | undefined)[]) => {
    const name = names.slice(0, 3).find((group) => group !== undefined) ?? '';
    return values.get(name) ?? found;
  });
}

/** Lines that belong together, at most this many. */
const MOST = 40;

function joinLines(text: string): Statement[] {
  const lines = text.split('\n');
  const found: Statement[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const first = index;
    let joined = lines[index] as string;
    while (index + 1 < lines.length && index - first < MOST && goesOn(joined)) {
      index += 1;
      joined = `${joined.replace(/\\$/, '')} ${(lines[index] as string).trim()}`;
    }
    if (joined.trim() !== '') found.push({ text: joined, line: (lines[first] as string).trim(), number: first + 1 });
  }
  return found;
}

const goesOn = (text: string): boolean => text.endsWith('\\') || depth(text) > 0;

function depth(text: string): number {
  const bare = withoutComment(text.replaceAll(/(['"])(?:\\.|(?!\1).)*\1/g, ''));
  return (bare.match(/[([{]/g)?.length ?? 0) - (bare.match(/[)\]}]/g)?.length ?? 0);
}

/** `#` and `//` begin a comment where white space is before them; an address has none there. */
const withoutComment = (text: string): string => (/^\s*(?:#|\/\/)/.test(text) ? '' : text.replace(/\s#\s.*$/s, ''));
