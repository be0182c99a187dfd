import type { Glyph } from './page.ts';

export type FontStyle = Pick<Glyph, 'bold' | 'italic' | 'mono' | 'maths'> & {
  /** Its signs hang from their upper edge: large operators and braces of TeX. */
  hanging: boolean;
  weight: number | null;
  name: string;
};

const FIXED_PITCH = 1;
const ITALIC = 64;
const FORCE_BOLD = 1 << 18;

const MATHS =
  /^(?:CM(?:MI|SY|EX|BSY|MIB)|MSAM|MSBM|EUFM|EUSM|EURM|RSFS|LMMath|XITSMath|STIXMath|txsy|txmi|txex|NewTX|pxsy|pxmi|pxex|stmary|wasy|esint)|Math|Symbol/i;
const TEX_BOLD = /^(?:CMBX|CMB\d|CMSSBX|SFBX|SFSX|LMRoman\d+-Bold|ECBX|LMBX)/;
const TEX_ITALIC = /^(?:CMTI|CMSL|CMMI|SFTI|SFSL|ECTI|LMRI|LMMI)/;
/** Families of TeX whose stem widths say nothing about how bold they look. */
const UNWEIGHED = /^(?:CM|SF|LM|EC|MS|EU|tx|px)/;

/** What a font's name, flags and weight say. */
export function styleOf(font: string, flags: number, weight: number): FontStyle {
  const name = font.replace(/^[A-Z]{6}\+/, '');
  const bold =
    /bold|black|heavy|semib|demi|-bd\b|-medi|[a-z]T?B(?:I|O)?$|TZ$/i.test(name.replace(/italic|oblique/i, '')) &&
    !/Number|Club/.test(name);
  return {
    name,
    bold: bold || TEX_BOLD.test(name) || (flags & FORCE_BOLD) !== 0,
    italic: /ital|obli|slanted|-It$|LightIt|[a-z]TB?I$/i.test(name) || TEX_ITALIC.test(name) || (flags & ITALIC) !== 0,
    mono:
      /mono|courier|typewriter|^cmtt|^SFTT|inconsolata|consol|txtt|SourceCode/i.test(name) ||
      (flags & FIXED_PITCH) !== 0,
    maths: MATHS.test(name),
    hanging: /^(?:CMEX|txex|pxex|LMMathExtension|NewTXEX|euex)/i.test(name),
    weight: weight > 0 && !UNWEIGHED.test(name) && !MATHS.test(name) ? weight : null,
  };
}

/** Codes of TeX's own fonts where the file does not say which letters they are. */
const TEX_CODES: readonly [font: RegExp, letters: Record<number, string>][] = [
  [
    /^CMEX/,
    {
      0x50: '∑',
      0x51: '∏',
      0x52: '∫',
      0x53: '⋃',
      0x54: '⋂',
      0x58: '∑',
      0x59: '∏',
      0x5a: '∫',
      0x5b: '⋃',
      0x5c: '⋂',
      0x70: '√',
      0x71: '√',
      0x72: '√',
      0x73: '√',
      0x74: '√',
    },
  ],
  [/^CMSY/, { 0x30: '′', 0x31: '∞', 0x32: '∈', 0x70: '√', 0x02: '×', 0x21: '→', 0x20: '←', 0x14: '≤', 0x15: '≥' }],
  [/^CMMI/, { 0x7e: '⃗', 0x0b: 'α', 0x0c: 'β', 0x0d: 'γ', 0x0e: 'δ', 0x12: 'θ', 0x1b: 'σ' }],
];

/** The letter of a code that the file itself does not map, or null. */
export const texLetter = (name: string, code: number): string | null =>
  TEX_CODES.find(([font]) => font.test(name))?.[1][code] ?? null;

/** Pieces of which large brackets are built, and the bracket. */
const BRACKETS: readonly [from: number, to: number, bracket: string][] = [
  [0xf8eb, 0xf8ed, '('],
  [0xf8ee, 0xf8f0, '['],
  [0xf8f1, 0xf8f4, '{'],
  [0xf8f6, 0xf8f8, ')'],
  [0xf8f9, 0xf8fb, ']'],
  [0xf8fc, 0xf8fe, '}'],
];

export const bracketOf = (code: number): string | null =>
  BRACKETS.find(([from, to]) => code >= from && code <= to)?.[2] ?? null;
