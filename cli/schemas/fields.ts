import { alternatives, kindsOf, quoted, typeOf, type Schema } from './schema.ts';

export interface Field {
  path: string;
  type: string;
  /** `required`, `optional`, or the default as JSON; nothing where the fields below have their own. */
  fallback: string;
  meaning: string;
}

export interface Section {
  title: string;
  about: string;
  fields: Field[];
}

interface Place {
  path: string;
  required: boolean;
}

/** The fields of an object: a section of its own, then one for each kind of what comes in several kinds, as they are met. */
export function fieldsOf(schema: Schema): Section[] {
  const top: Section = { title: 'All fields', about: '', fields: [] };
  const further: Section[] = [];
  properties(schema, '', { section: top, further });
  return [top, ...further];
}

interface Into {
  section: Section;
  further: Section[];
}

function properties({ properties = {}, required = [] }: Schema, path: string, into: Into): void {
  for (const [name, value] of Object.entries(properties)) {
    visit(value as Schema, { path: path === '' ? name : `${path}.${name}`, required: required.includes(name) }, into);
  }
}

function visit(schema: Schema, place: Place, into: Into): void {
  const kinds = alternatives(schema).filter((choice) => kindsOf(choice) !== undefined);
  into.section.fields.push(fieldOf(schema, place, kinds));
  if (kinds.length > 0) return kinds.forEach((kind) => kindSection(kind, place.path, into));
  for (const choice of alternatives(schema)) below(choice, place.path, into);
}

/** What lies within an object, a list's elements or the entries of a map. */
function below(schema: Schema, path: string, into: Into): void {
  if (schema.properties) properties(schema, path, into);
  if (isSchema(schema.items)) inside(schema.items, `${path}[]`, into);
  if (isSchema(schema.additionalProperties)) inside(schema.additionalProperties, `${path}.<name>`, into);
}

function inside(schema: Schema, path: string, into: Into): void {
  const choices = alternatives(schema);
  for (const choice of choices) {
    if (kindsOf(choice)) kindSection(choice, path, into);
    else below(choice, path, into);
  }
}

function kindSection(kind: Schema, path: string, { further }: Into): void {
  const names = kindsOf(kind) ?? [];
  const section: Section = {
    title: `\`${path}\` of type ${names.map((name) => `\`${name}\``).join(' or ')}`,
    about: kind.description ?? '',
    fields: [],
  };
  further.push(section);
  const { type: _, ...others } = kind.properties ?? {};
  const shown = names.length > 1 ? kind.properties : others;
  properties({ ...kind, properties: shown }, path, { section, further });
}

function fieldOf(schema: Schema, { path, required }: Place, kinds: readonly Schema[]): Field {
  const names = kinds.flatMap((kind) => kindsOf(kind) ?? []);
  return {
    path,
    type: kinds.length > 0 ? `object of type ${quoted(names)}` : typeOf(schema),
    fallback: fallbackOf(schema, required),
    meaning: schema.description ?? '',
  };
}

function fallbackOf(schema: Schema, required: boolean): string {
  if (schema.default === undefined) return required ? 'required' : 'optional';
  const text = JSON.stringify(schema.default);
  return text === '{}' ? '' : `\`${text}\``;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;
