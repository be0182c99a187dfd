/** What eliding works with: a note that stands for `tokens` left out, and the tokenizer's two directions. */
export interface Elider {
  cap: number;
  note: (tokens: number) => string;
  encode: (text: string) => number[];
  decode: (ids: readonly number[]) => string;
  /** The tokens of the whole observation with these contents, frame included. */
  render: (contents: readonly string[]) => number[];
}

/**
 * Observations of at most `cap` tokens, frame included. While there are too many, the longest content loses tokens from its
 * middle and a note says so. Throws when the frame and the notes alone are more than the cap.
 */
export function elide(contents: readonly string[], elider: Elider): number[] {
  let ids = elider.render(contents);
  if (ids.length <= elider.cap) return ids;
  const pieces = contents.map(elider.encode);
  const kept = pieces.map((piece) => piece.length);
  while (ids.length > elider.cap) {
    const longest = kept.indexOf(Math.max(...kept));
    const left = kept[longest] ?? 0;
    if (left === 0)
      throw new Error(`an observation takes ${ids.length} tokens with nothing in it; the cap is ${elider.cap}`);
    kept[longest] = Math.max(left - (ids.length - elider.cap), 0);
    ids = elider.render(
      contents.map((content, i) => shorten(content, { ids: pieces[i] ?? [], kept: kept[i] ?? 0 }, elider)),
    );
  }
  return ids;
}

/** The first and the last of the tokens, with the note between. A character that was cut in two is left out. */
function shorten(content: string, { ids, kept }: { ids: number[]; kept: number }, { note, decode }: Elider): string {
  if (kept >= ids.length) return content;
  const head = Math.ceil(kept / 2);
  const before = decode(ids.slice(0, head)).replace(/\uFFFD+$/u, '');
  const after = decode(ids.slice(ids.length - (kept - head))).replace(/^\uFFFD+/u, '');
  return [before, note(ids.length - kept), after].filter((part) => part !== '').join(' ');
}
