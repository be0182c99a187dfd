/** Texts of at most `most` characters together: the longest ones lose their middle, and say how much. */
export function elideMiddle(texts: readonly string[], most: number): string[] {
  const cap = fairShare(
    texts.map((text) => text.length),
    most,
  );
  return texts.map((text) => (text.length <= cap ? text : shortened(text, cap)));
}

/** The largest cap under which all lengths together are at most `most`. */
function fairShare(lengths: readonly number[], most: number): number {
  let room = most;
  let left = lengths.length;
  for (const length of lengths.toSorted((a, b) => a - b)) {
    if (length > room / left) return Math.floor(room / left);
    room -= length;
    left -= 1;
  }
  return Infinity;
}

function shortened(text: string, cap: number): string {
  const half = Math.max(0, Math.floor((cap - 60) / 2));
  const head = text.slice(0, half).replace(/[\uD800-\uDBFF]$/u, '');
  const tail = text.slice(text.length - half).replace(/^[\uDC00-\uDFFF]/u, '');
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`;
}
