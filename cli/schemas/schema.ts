import { DURATION } from '../../core/duration.ts';

/** As much of JSON Schema as zod writes for a recipe. */
export interface Schema {
  type?: string | undefined;
  description?: string | undefined;
  default?: unknown;
  const?: unknown;
  enum?: unknown[] | undefined;
  pattern?: string | undefined;
  format?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  exclusiveMinimum?: number | undefined;
  exclusiveMaximum?: number | undefined;
  properties?: Record<string, unknown> | undefined;
  required?: string[] | undefined;
  additionalProperties?: unknown;
  propertyNames?: unknown;
  items?: unknown;
  prefixItems?: unknown[] | undefined;
  anyOf?: unknown[] | undefined;
  oneOf?: unknown[] | undefined;
}

/** The alternatives of a schema; itself where it has none. */
export const alternatives = (schema: Schema): Schema[] => (schema.oneOf ?? schema.anyOf ?? [schema]) as Schema[];

/** Names as code, one after the other. */
export const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The values of the field `type` that choose an alternative; undefined where it is not chosen so. */
export function kindsOf(schema: Schema): string[] | undefined {
  const type = schema.properties?.['type'] as Schema | undefined;
  const values = type?.enum ?? (type?.const === undefined ? undefined : [type.const]);
  return values?.map(String);
}

/** A schema's type in words a person knows. */
export function typeOf(schema: Schema): string {
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (values) return values.map((value) => `\`${JSON.stringify(value)}\``).join(' | ');
  const choices = alternatives(schema);
  if (choices.length > 1) return [...new Set(choices.map(typeOf))].join(' | ');
  if (schema.type === 'array') return listType(schema);
  if (schema.type === 'string') return stringType(schema);
  if (schema.type === 'number' || schema.type === 'integer') return `${schema.type}${range(schema)}`;
  return schema.type ?? 'anything';
}

function listType({ items, prefixItems }: Schema): string {
  if (prefixItems) return `[${prefixItems.map((item) => typeOf(item as Schema)).join(', ')}]`;
  const element = (items ?? {}) as Schema;
  const kinds = alternatives(element).flatMap((choice) => kindsOf(choice) ?? []);
  return kinds.length > 0 ? `list of objects of type ${quoted(kinds)}` : `list of ${typeOf(element)}`;
}

function stringType({ pattern, format }: Schema): string {
  if (pattern === DURATION.source) return 'duration, such as `90s`, `15m` or `2h`';
  if (format === 'uri') return 'URL';
  return pattern?.startsWith('^[a-z0-9]') ? 'name' : 'string';
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const low = exclusiveMinimum === undefined ? from('from', minimum) : `above ${exclusiveMinimum}`;
  const high = exclusiveMaximum === undefined ? from('to', maximum) : `below ${exclusiveMaximum}`;
  const words = [low, high].filter((part) => part !== '');
  return words.length > 0 ? ` ${words.join(' ')}` : '';
}

/** A limit that is only that of whole numbers in JSON says nothing. */
const from = (word: string, limit: number | undefined): string =>
  limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? '' : `${word} ${limit}`;
