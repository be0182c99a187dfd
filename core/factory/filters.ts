import { z } from 'zod';
import type { CodeResult } from './code.ts';
import type { ConversionQuality } from './conversion.ts';
import type { Drop, DropStep } from './drop.ts';
import type { HardwareAnswer } from './hardware.ts';
import { oneLine } from './text.ts';
import type { PaperFields } from './paper.ts';

/** What becomes of a paper of which the filter's fact is not known. */
const unknown = z.enum(['keep', 'drop']).describe('what becomes of a paper of which this is not known');

/** One filter. Filters are applied in the order of the facts: metadata, conversion, text, code, then what a model is asked. */
export const filterRule = z.discriminatedUnion('filter', [
  z.strictObject({
    filter: z.literal('venue'),
    anyOf: z.array(z.string().min(1)).min(1).describe('a part of its name, whatever the case'),
    unknown: unknown.default('drop'),
  }),
  z.strictObject({
    filter: z.literal('years'),
    from: z.number().int().optional(),
    to: z.number().int().optional(),
    unknown: unknown.default('drop'),
  }),
  z.strictObject({
    filter: z.literal('citations'),
    atLeast: z.number().int().min(0),
    unknown: unknown.default('drop'),
  }),
  z.strictObject({
    filter: z.literal('licence'),
    anyOf: z.array(z.string().min(1)).min(1).describe('a part of its name or address, whatever the case'),
    unknown: unknown.default('drop'),
  }),
  z.strictObject({
    filter: z.literal('language'),
    anyOf: z.array(z.string().regex(/^[a-z]{2}$/)).min(1),
    unknown: unknown.default('keep'),
  }),
  z.strictObject({
    filter: z.literal('length'),
    minWords: z.number().int().min(0).default(0),
    maxWords: z.number().int().min(1).default(100_000),
  }),
  z.strictObject({
    filter: z.literal('quality'),
    maxUnreadable: z.number().min(0).max(1).default(0.02).describe('share of unreadable characters'),
    maxEmptyPages: z.number().min(0).max(1).default(0.3).describe('share of pages without text'),
    sections: z
      .array(z.enum(['abstract', 'introduction', 'references']))
      .default([])
      .describe('headings that must be there'),
  }),
  z.strictObject({ filter: z.literal('official-code') }),
  z.strictObject({
    filter: z.literal('hardware'),
    unknown: unknown.default('keep'),
  }),
]);
export type FilterRule = z.infer<typeof filterRule>;

/** What is known of a paper so far; a rule whose fact is absent waits for a later step. */
export interface PaperFacts {
  fields: PaperFields;
  conversion?: { words: number; language: string | null; quality: ConversionQuality } | undefined;
  code?: Pick<CodeResult, 'code' | 'tried'> | undefined;
  /** The answer of a model, its quotes already found in the paper. */
  hardware?: HardwareAnswer | undefined;
}

export type FilterVerdict =
  { verdict: 'pass' | 'later' } | { verdict: 'drop'; step: DropStep; reason: string; evidence: string | null };

/** The first rule that drops the paper by what is known of it, or null. */
export function dropByFilters(rules: readonly FilterRule[], paper: string, facts: PaperFacts): Drop | null {
  for (const rule of rules) {
    const judged = applyFilter(rule, facts);
    if (judged.verdict !== 'drop') continue;
    const { step, reason, evidence } = judged;
    return { paper, step, rule: rule.filter, reason, evidence };
  }
  return null;
}

/** What one rule says of a paper. */
export function applyFilter(rule: FilterRule, facts: PaperFacts): FilterVerdict {
  switch (rule.filter) {
    case 'venue':
      return words(rule, facts.fields.venue, 'venue');
    case 'licence':
      return words(rule, facts.fields.licence, 'licence');
    case 'years':
      return years(rule, facts.fields.year);
    case 'citations':
      return citations(rule, facts.fields.citations);
    case 'language':
      return language(rule, facts);
    case 'length':
      return length(rule, facts);
    case 'quality':
      return quality(rule, facts);
    case 'official-code':
      return officialCode(facts);
    case 'hardware':
      return hardware(rule, facts);
  }
}

type Rule<Name extends FilterRule['filter']> = Extract<FilterRule, { filter: Name }>;

const pass: FilterVerdict = { verdict: 'pass' };
const later: FilterVerdict = { verdict: 'later' };

const dropped = (step: DropStep, reason: string, evidence: string | null = null): FilterVerdict => ({
  verdict: 'drop',
  step,
  reason,
  evidence,
});

const notKnown = (rule: { unknown: 'keep' | 'drop' }, step: DropStep, what: string): FilterVerdict =>
  rule.unknown === 'keep' ? pass : dropped(step, `no source knows its ${what}`);

function words(rule: Rule<'venue' | 'licence'>, value: string | null, what: string): FilterVerdict {
  if (value === null) return notKnown(rule, 'metadata', what);
  const has = oneLine(value).toLowerCase();
  if (rule.anyOf.some((wanted) => has.includes(wanted.toLowerCase()))) return pass;
  return dropped('metadata', `its ${what} is "${value}", not one of ${rule.anyOf.join(', ')}`);
}

function years({ from, to, ...rule }: Rule<'years'>, year: number | null): FilterVerdict {
  if (year === null) return notKnown(rule, 'metadata', 'year');
  if (from !== undefined && year < from) return dropped('metadata', `it is of ${year}, before ${from}`);
  if (to !== undefined && year > to) return dropped('metadata', `it is of ${year}, after ${to}`);
  return pass;
}

function citations(rule: Rule<'citations'>, count: number | null): FilterVerdict {
  if (count === null) return notKnown(rule, 'metadata', 'number of citations');
  return count >= rule.atLeast ? pass : dropped('metadata', `it is cited ${count} times, not ${rule.atLeast} times`);
}

/** The text's language is held above what a source says. */
function language(rule: Rule<'language'>, { fields, conversion }: PaperFacts): FilterVerdict {
  const said = conversion?.language ?? fields.language;
  if (said === null) return conversion ? notKnown(rule, 'text', 'language') : later;
  if (rule.anyOf.includes(said)) return pass;
  return dropped(conversion?.language ? 'text' : 'metadata', `it is in "${said}", not in ${rule.anyOf.join(', ')}`);
}

function length({ minWords, maxWords }: Rule<'length'>, { conversion }: PaperFacts): FilterVerdict {
  if (!conversion) return later;
  if (conversion.words < minWords) return dropped('text', `it has ${conversion.words} words, fewer than ${minWords}`);
  if (conversion.words > maxWords) return dropped('text', `it has ${conversion.words} words, more than ${maxWords}`);
  return pass;
}

function quality(rule: Rule<'quality'>, { conversion }: PaperFacts): FilterVerdict {
  if (!conversion) return later;
  const { unreadable, emptyPages, missingSections } = conversion.quality;
  if (unreadable > rule.maxUnreadable) {
    return dropped(
      'text',
      `${percent(unreadable)} of its characters are unreadable, more than ${percent(rule.maxUnreadable)}`,
    );
  }
  if (emptyPages > rule.maxEmptyPages) {
    return dropped(
      'text',
      `${percent(emptyPages)} of its pages have no text, more than ${percent(rule.maxEmptyPages)}`,
    );
  }
  const lacking = rule.sections.filter((section) => missingSections.includes(section));
  return lacking.length > 0 ? dropped('text', `it has no heading for: ${lacking.join(', ')}`) : pass;
}

function officialCode({ code }: PaperFacts): FilterVerdict {
  if (!code) return later;
  if (code.code) return pass;
  const [first] = code.tried;
  if (!first) return dropped('code', 'neither the paper nor its metadata names code of its own');
  return dropped('code', `its code could not be had: ${first.reason}`, first.address);
}

function hardware(rule: Rule<'hardware'>, facts: PaperFacts): FilterVerdict {
  if (!facts.hardware) return later;
  const { special, needs, quotes } = facts.hardware;
  if (special === 'unclear') return notKnown(rule, 'hardware', 'need of special hardware');
  return special === 'no' ? pass : dropped('hardware', `it needs ${needs}`, quotes[0] ?? null);
}

const percent = (share: number): string => `${(share * 100).toPrecision(2)} %`;
