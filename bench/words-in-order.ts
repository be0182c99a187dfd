import { withoutAddresses } from '../core/factory/links.ts';

/** Words as a reader counts them: no case, accents, ligatures or hyphens; what a line end divided is one word. */
export function comparedWords(text: string): string[] {
  return (
    text
      .replace(/(\p{L})[-\u00ad\u2010]\s*\n\s*(?=\p{L})/gu, '$1')
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/(?<=[\p{L}\p{N}])[-\u2010](?=[\p{L}\p{N}])/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** What a reader of rendered Markdown sees: no marks, no names of pictures, no commands of TeX. */
export function withoutMarks(markdown: string): string {
  return withoutAddresses(markdown)
    .replaceAll(/^```$/gm, '')
    .replaceAll(/<!-- links on this page: [^>]*-->/g, '')
    .replaceAll(/<!-- text in the figure: |-->/g, '')
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replaceAll(/\\tag\{([^}]*)\}/g, ' $1 ')
    .replaceAll(/\\(?:begin|end)\{cases\}|\\frac|\\sqrt/g, ' ')
    .replaceAll('}{', ' ')
    .replaceAll(/<\/?sup>/g, '')
    .replaceAll(/\\([*$`<{}\\])/g, '$1')
    .replaceAll(/[_^]\{|[{}*`$]/g, '');
}

/** The length of the longest common subsequence. */
export function inOrder(reference: readonly string[], found: readonly string[]): number {
  const ids = new Map<string, number>();
  const idOf = (word: string): number => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  };
  const [a, b] = [Uint32Array.from(reference, idOf), Uint32Array.from(found, idOf)];
  let before = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (const word of a) {
    for (let index = 0; index < b.length; index += 1) {
      const [up = 0, left = 0, corner = 0] = [before[index + 1], row[index], before[index]];
      row[index + 1] = word === b[index] ? corner + 1 : Math.max(up, left);
    }
    [before, row] = [row, before];
  }
  return before[b.length] ?? 0;
}

/** A text by pages (form feeds between them) without the lines that repeat at the edges of its pages, whatever numbers are in them. */
export function withoutRunningTitles(text: string): string {
  const pages = text.split('\f').map((page) => page.split('\n').filter((line) => line.trim() !== ''));
  const keyOf = (line: string): string => line.trim().replaceAll(/\d+/g, '#');
  const atEdge = (page: readonly string[], index: number): boolean => index < EDGE || index >= page.length - EDGE;
  const seen = new Map<string, number>();
  for (const page of pages) {
    for (const key of new Set(page.filter((_, index) => atEdge(page, index)).map(keyOf)))
      seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const often = Math.max(3, pages.filter((page) => page.length > 0).length / 2);
  const runs = (line: string): boolean => (seen.get(keyOf(line)) ?? 0) >= often;
  return pages.map((page) => page.filter((line, index) => !(atEdge(page, index) && runs(line))).join('\n')).join('\n');
}

const EDGE = 4;
