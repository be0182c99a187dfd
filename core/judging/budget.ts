/** Characters that are taken for one token: less than models really need, so that what is planned fits. */
const CHARACTERS = 3;

export const tokensOf = (text: string): number => Math.ceil(text.length / CHARACTERS);

/** Kept free for the instructions, the criteria and the frame around everything. */
const RESERVE = 12_000;

export interface Parts {
  /** Tokens that the model takes in all, and of one answer at most. */
  contextTokens: number;
  answerTokens: number;
  paper: string;
  addenda: string;
  script: string;
  log: string;
}

export interface Fitted {
  paper: string;
  addenda: string;
  script: string;
  log: string;
  /** What is left for the submission's files. */
  fileTokens: number;
}

/**
 * Makes everything but the files fit, and says what is left for those. The log gets at most half of the room and gives way
 * first, in its middle; then the paper, at its end. `scale` below 1 makes all of it smaller, for a model that counted otherwise.
 */
export function fitParts(parts: Parts, scale = 1): Fitted {
  const all = Math.max(0, Math.floor((parts.contextTokens - parts.answerTokens) * scale) - RESERVE);
  const script = cutMiddle(parts.script, Math.floor(all / 8));
  const addenda = cutMiddle(parts.addenda, Math.floor(all / 8));
  const fixed = tokensOf(script) + tokensOf(addenda);
  const paper = cutEnd(parts.paper, Math.max(0, Math.floor((all - fixed) * 0.75)));
  const room = all - fixed - tokensOf(paper);
  const log = cutMiddle(parts.log, Math.min(Math.floor(all / 2), Math.floor(room / 2)));
  return { paper, addenda, script, log, fileTokens: Math.max(0, room - tokensOf(log)) };
}

/** The files in their order as far as they fit; the one that passes the limit is cut at its end, and the rest is left out. */
export function fitFiles<T extends { text: string }>(files: readonly T[], tokens: number): T[] {
  const fitted: T[] = [];
  let left = tokens;
  for (const file of files) {
    if (left <= 0) break;
    fitted.push({ ...file, text: cutEnd(file.text, left) });
    left -= tokensOf(file.text);
  }
  return fitted;
}

/** A text of at most so many tokens: its beginning, up to the end of a line, and a note of what is missing. */
export function cutEnd(text: string, tokens: number): string {
  if (tokensOf(text) <= tokens) return text;
  const kept = wholeLines(text.slice(0, Math.max(0, tokens * CHARACTERS - NOTE)));
  return `${kept}\n[… ${text.length - kept.length} characters are left out]`.slice(0, Math.max(0, tokens * CHARACTERS));
}

/** A text of at most so many tokens: its beginning and its end, which says how it went, and a note in between. */
export function cutMiddle(text: string, tokens: number): string {
  if (tokensOf(text) <= tokens) return text;
  const half = Math.max(0, Math.floor((tokens * CHARACTERS - NOTE) / 2));
  const [head, tail] = [text.slice(0, half), half === 0 ? '' : text.slice(-half)];
  const note = `\n[… ${text.length - head.length - tail.length} characters are left out]\n`;
  return `${head}${note}${tail}`.slice(0, Math.max(0, tokens * CHARACTERS));
}

const NOTE = 60;

const wholeLines = (text: string): string => (text.includes('\n') ? text.slice(0, text.lastIndexOf('\n')) : text);

/** The paths as a list that fits: all of them, those of at most four levels, or as many as there is room for. */
export function fitTree(paths: readonly string[], tokens: number): string {
  const whole = paths.join('\n');
  if (tokensOf(whole) <= tokens) return whole;
  const shallow = paths.filter((path) => path.split('/').length <= 4);
  const note = `[… ${paths.length - shallow.length} files deeper than four levels are left out]`;
  return cutEnd([...shallow, note].join('\n'), tokens);
}
