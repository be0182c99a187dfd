import { fieldsOf, type Section } from './fields.ts';
import type { Schema } from './schema.ts';

const OPENING = `# The recipe

A recipe is the JSON file that describes a run. This page is generated from its schema by \`npm run schemas\`; an editor that
knows JSON Schema checks and completes a file whose \`$schema\` names \`config/schemas/recipe.json\`. Unknown fields are refused,
and every default is resolved once, when the run begins. A field is required where its default says so. \`[]\` stands for any
element of a list and \`<name>\` for a name of your own.
`;

/** The recipe's reference in Markdown: a table of its fields, and one for each kind of what comes in several kinds. */
export function recipeReference(schema: Schema): string {
  const sections = fieldsOf(schema).map(sectionText);
  return [OPENING, ...sections].join('\n');
}

function sectionText({ title, about, fields }: Section): string {
  const rows = fields.map(({ path, type, fallback, meaning }) =>
    ['', `\`${path}\``, type, fallback, meaning, '']
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')
      .trim(),
  );
  const table = ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows];
  return [`## ${title}`, '', ...(about ? [sentence(about), ''] : []), ...(rows.length > 0 ? [...table, ''] : [])].join(
    '\n',
  );
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
