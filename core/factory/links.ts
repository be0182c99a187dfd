/** A Markdown link to an address: what is shown, and where it leads. A pair of brackets may stand in what is shown. */
const LINK = /\[((?:[^[\]\n]|\[[^[\]\n]*\])+)\]\((https?:\/\/[^\s()<>]+)\)/g;

/** A text as it is shown: its links without their addresses. */
export const withoutAddresses = (markdown: string): string => markdown.replaceAll(LINK, '$1');

/** Where what is not shown of links stands in a text: the brackets and the addresses. */
export function hiddenIn(markdown: string): [start: number, end: number][] {
  return [...markdown.matchAll(LINK)].flatMap(({ index, 0: whole, 1: shown = '' }): [number, number][] => [
    [index, index + 1],
    [index + 1 + shown.length, index + whole.length],
  ]);
}
