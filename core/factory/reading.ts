import { wordsOf } from './text.ts';

const SECTIONS = {
  abstract: /^(?:abstract|summary)\b/i,
  introduction: /^(?:introduction|motivation|overview|statement of need)\b/i,
  references: /^(?:references|bibliography|literature cited|works cited)\b/i,
};

/** Which of the sections that every paper has are not there, as a heading or in bold before a paragraph. */
export function missingSections(markdown: string): string[] {
  const opening = [...markdown.matchAll(/^(?:#{1,6}\s+|\*\*)(?:(?:\d+|[IVX]+)\.?\s+)?([^\n*]+)/gm)].map(
    (match) => match[1] ?? '',
  );
  return Object.entries(SECTIONS)
    .filter(([, pattern]) => !opening.some((text) => pattern.test(text.trim())))
    .map(([name]) => name);
}

/** Words that hardly any other language of the list has. */
const COMMON: Record<string, readonly string[]> = {
  en: ['the', 'of', 'and', 'is', 'that', 'with', 'for', 'we', 'are', 'this'],
  de: ['der', 'die', 'und', 'das', 'ist', 'nicht', 'mit', 'wird', 'eine', 'von'],
  fr: ['le', 'les', 'des', 'est', 'une', 'dans', 'pour', 'nous', 'sur', 'avec'],
  es: ['el', 'los', 'las', 'una', 'para', 'con', 'por', 'del', 'que', 'como'],
  it: ['il', 'di', 'che', 'gli', 'della', 'per', 'sono', 'con', 'nel', 'una'],
  pt: ['os', 'uma', 'para', 'com', 'não', 'dos', 'das', 'que', 'são', 'mais'],
};
const SCRIPTS: readonly [string, RegExp][] = [
  ['ja', /[\p{sc=Hiragana}\p{sc=Katakana}]/gu],
  ['zh', /\p{sc=Han}/gu],
  ['ko', /\p{sc=Hangul}/gu],
  ['ru', /\p{sc=Cyrillic}/gu],
  ['ar', /\p{sc=Arabic}/gu],
];

/** The language of a text (ISO 639-1), or null where it cannot be told. */
export function languageOf(text: string): string | null {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 200) return null;
  const script = SCRIPTS.find(([, pattern]) => (text.match(pattern)?.length ?? 0) > 0.2 * letters);
  if (script) return script[0];
  const words = wordsOf(text);
  const counts = Object.entries(COMMON).map(([language, common]) => {
    const set = new Set(common);
    return { language, share: words.filter((word) => set.has(word)).length / words.length };
  });
  const [first, second] = counts.toSorted((a, b) => b.share - a.share);
  return first && first.share > 0.04 && first.share > 1.5 * (second?.share ?? 0) ? first.language : null;
}

/** Share of words that are one letter long: high where a text layer sets letters apart. */
export function singleLetterShare(markdown: string): number {
  const prose = markdown.replaceAll(/\$\$[\s\S]*?\$\$|\$[^$\n]*\$|```[\s\S]*?```|<!--[\s\S]*?-->|^\|.*$/gm, ' ');
  const words = prose.match(/\p{L}+/gu) ?? [];
  return words.length === 0
    ? 0
    : words.filter((word) => word.length === 1 && !/[aAI]/.test(word)).length / words.length;
}
