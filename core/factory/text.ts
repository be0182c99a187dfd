import { withoutAddresses } from './links.ts';

/** White space of any kind as one space, none at the ends. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A title as it is compared: no accents, case, punctuation, TeX or footnote marks. */
export function normaliseTitle(title: string): string {
  return title
    .replace(/\$[^$]*\$/g, (maths) => maths.replace(/[^\p{L}\p{N}]+/gu, ''))
    .replace(/\\[a-zA-Z]+\s*/g, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** 1 − edit distance ÷ the longer length, of normalised titles: 1 for the same, 0 for nothing in common. */
export function titleSimilarity(a: string, b: string): number {
  const [x, y] = [normaliseTitle(a), normaliseTitle(b)];
  const longest = Math.max(x.length, y.length);
  return longest === 0 ? 0 : 1 - editDistance(x, y) / longest;
}

/** Words as texts are compared: letters and digits, no case, ligatures opened, words that a line end divided joined. */
export function wordsOf(text: string): string[] {
  return (
    text
      .replace(/(\p{L})[-\u00ad\u2010]\s*\n\s*(?=\p{Ll})/gu, '$1')
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** Whether the words of a quote stand in a text one after the other, whatever stands between them. */
export function quoteIn(quote: string, text: string): boolean {
  const words = wordsOf(withoutAddresses(quote));
  return words.length > 0 && ` ${wordsOf(withoutAddresses(text)).join(' ')} `.includes(` ${words.join(' ')} `);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
