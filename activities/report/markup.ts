/** HTML that is safe to put into a page. Only `markup` and `trusted` make it, so text from data is always escaped. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Markup[] | null;

/** A template of HTML: what is interpolated is escaped unless it is markup itself; null leaves nothing. */
export function markup(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return { html: strings.map((text, index) => text + show(values[index] ?? null)).join('') };
}

/** Takes text over as it is: for what this program has drawn or written itself. */
export const trusted = (html: string): Markup => ({ html });

/** Text as it can stand between tags and in quoted attributes. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function show(value: Part): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  if ('html' in value) return value.html;
  return value.map((part) => part.html).join('');
}
