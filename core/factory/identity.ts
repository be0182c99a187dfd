import { normaliseTitle } from './text.ts';

const { imul } = Math;

/** An arXiv id without version or address, such as `2604.23256` or `cs/0112017`; null where there is none. */
export function arxivIdOf(text: string): string | null {
  const found = /(?:^|[^\d.])(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?\/\d{7})(?:v\d+)?(?![\d.]*\d)/.exec(` ${text}`);
  return found?.[1] ?? null;
}

/** A DOI in lower case, without an address in front; null where there is none. */
export function doiOf(text: string): string | null {
  const found = /\b(10\.\d{4,9}\/[^\s"<>{}|\\^`]+)/.exec(text);
  return found?.[1]?.replace(/[.,;:)\]]+$/, '').toLowerCase() ?? null;
}

/** arXiv's own DOIs say the arXiv id. */
export const arxivIdOfDoi = (doi: string): string | null => /^10\.48550\/arxiv\.(.+)$/.exec(doi)?.[1] ?? null;

/** The letters, digits and hyphens of a text, at most `length`, cut at a word. */
export function slug(text: string, length = 40): string {
  const whole = normaliseTitle(text)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (whole.length <= length) return whole;
  const cut = whole.slice(0, length + 1);
  return cut.slice(0, cut.includes('-') ? cut.lastIndexOf('-') : length).replace(/-+$/, '');
}

/** 53 bits that follow from a text (cyrb53), as 11 hex digits: for names, not for security. */
export function shortHash(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = imul(a ^ unit, 2_654_435_761);
    b = imul(b ^ unit, 1_597_334_677);
  }
  a = imul(a ^ (a >>> 16), 2_246_822_507) ^ imul(b ^ (b >>> 13), 3_266_489_909);
  b = imul(b ^ (b >>> 16), 2_246_822_507) ^ imul(a ^ (a >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & b) + (a >>> 0)).toString(16).padStart(14, '0').slice(-11);
}
