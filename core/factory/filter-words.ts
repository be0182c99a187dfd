import type { FilterRule, PaperFacts } from './filters.ts';
import { applyFilter } from './filters.ts';

/** A filter's decision about one paper, for a person. */
export interface FilterLine {
  filter: FilterRule['filter'];
  /** What it wants. */
  wants: string;
  /** What the paper has. */
  found: string;
  /** `later` where it has not been asked: the paper was dropped before. */
  verdict: 'pass' | 'drop' | 'later';
}

/** Each filter of a recipe with what it wants and what was found. */
export const filterLines = (rules: readonly FilterRule[], facts: PaperFacts): FilterLine[] =>
  rules.map((rule) => {
    const { verdict } = applyFilter(rule, facts);
    return {
      filter: rule.filter,
      wants: wantsOf(rule),
      found: verdict === 'later' ? '–' : foundOf(rule, facts),
      verdict,
    };
  });

function wantsOf(rule: FilterRule): string {
  switch (rule.filter) {
    case 'venue':
    case 'licence':
    case 'language':
      return rule.anyOf.join(', ');
    case 'years':
      return [rule.from === undefined ? '' : `from ${rule.from}`, rule.to === undefined ? '' : `to ${rule.to}`]
        .filter((part) => part !== '')
        .join(' ');
    case 'citations':
      return `at least ${rule.atLeast}`;
    case 'length':
      return `${rule.minWords} to ${rule.maxWords} words`;
    case 'quality': {
      const headings = rule.sections.length > 0 ? `, headings for ${rule.sections.join(', ')}` : '';
      return `at most ${percent(rule.maxUnreadable)} unreadable, ${percent(rule.maxEmptyPages)} empty pages${headings}`;
    }
    case 'official-code':
      return 'code of its own that can be had';
    case 'hardware':
      return 'no special hardware';
  }
}

const NOT_KNOWN = 'not known';

function foundOf(rule: FilterRule, { fields, conversion, code, hardware }: PaperFacts): string {
  switch (rule.filter) {
    case 'venue':
      return fields.venue ?? NOT_KNOWN;
    case 'licence':
      return fields.licence ?? NOT_KNOWN;
    case 'years':
      return fields.year === null ? NOT_KNOWN : String(fields.year);
    case 'citations':
      return fields.citations === null ? NOT_KNOWN : String(fields.citations);
    case 'language':
      return conversion?.language ?? fields.language ?? NOT_KNOWN;
    case 'length':
      return `${conversion?.words ?? 0} words`;
    case 'quality': {
      const { unreadable = 0, emptyPages = 0, missingSections = [] } = conversion?.quality ?? {};
      const missing = rule.sections.filter((section) => missingSections.includes(section));
      const headings = missing.length > 0 ? `, no heading for ${missing.join(', ')}` : '';
      return `${percent(unreadable)} unreadable, ${percent(emptyPages)} empty pages${headings}`;
    }
    case 'official-code':
      return code?.code?.address ?? 'none';
    case 'hardware':
      return hardware ? hardwareWords(hardware) : NOT_KNOWN;
  }
}

function hardwareWords({ special, needs, quotes }: NonNullable<PaperFacts['hardware']>): string {
  const said = special === 'unclear' ? NOT_KNOWN : needs;
  return quotes[0] === undefined ? said : `${said}: “${quotes[0]}”`;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
