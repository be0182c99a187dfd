import { within, type Glyph, type Page } from './page.ts';

type Link = Page['links'][number];

/** Letters that lie in a link know where it leads. */
export function linked(glyphs: readonly Glyph[], links: readonly Link[]): Glyph[] {
  if (links.length === 0) return [...glyphs];
  return glyphs.map((glyph) => {
    const link = links.find((one) => within(glyph, one, 0.5));
    return link ? { ...glyph, link: link.uri } : glyph;
  });
}

/** Words as a link, with the sentence's own brackets and punctuation outside; words that are an address lead there by themselves. */
export function linkTo(text: string, uri: string): string {
  if (spelt(text) === spelt(uri)) return /\s/.test(text) ? uri : text;
  const [, before = '', inner = '', after = ''] = /^([(“"]*)(.*?)([.,;:)”"]*)$/s.exec(text) ?? [];
  if (!canBeShown(inner)) return text;
  return `${before}[${inner}](${targetOf(uri)})${after}`;
}

/** Tells of each address whether a text leads there, by a link or by its own words. */
export function leadsTo(markdown: string): (uri: string) => boolean {
  const words = spelt(markdown);
  return (uri) => markdown.includes(`](${targetOf(uri)})`) || words.includes(spelt(uri));
}

/** Addresses that a page leads to by what cannot be written as a link, such as a picture. */
export const linksApart = (uris: readonly string[]): string =>
  `<!-- links on this page: ${uris.map((uri) => targetOf(uri).replaceAll('--', '-%2D')).join(' ')} -->`;

/** An address in a text, however it is set there. */
const spelt = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[\s\\`*]/g, '')
    .replace(/^https?:\/\//, '')
    .replace(/^www\./, '')
    .replace(/[/.,;:)]+$/, '');

/** Markdown takes brackets within a link's words in pairs only. */
function canBeShown(text: string): boolean {
  const rest = text.replaceAll(/\[[^[\]]*\]/g, '');
  return /[\p{L}\p{N}]/u.test(text) && !/[[\]\n]/.test(rest);
}

const targetOf = (uri: string): string =>
  uri.replaceAll(/[\s()<>]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
