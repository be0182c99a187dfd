import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The prompts of one folder and the hash of all of them, which goes into every record that they have a part in. */
export interface Prompts {
  hash: string;
  /** SHA-256 of each file, by the prompt's name. */
  hashes: Readonly<Record<string, string>>;
  /** The text of `<name>.md` with its `{{places}}` filled in; a place without a value, or a value without a place, is an error. */
  fill(name: string, values?: Record<string, string>): string;
}

/** Reads every Markdown file of a folder. */
export function readPrompts(folder: string): Prompts {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .toSorted();
  const templates = new Map<string, Template>();
  const hashes: Record<string, string> = {};
  const hash = createHash('sha256');
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const name = file.replace(/\.md$/, '');
    templates.set(name, templateOf(text.trimEnd(), `${folder}/${file}`));
    hashes[name] = createHash('sha256').update(text).digest('hex');
    hash.update(JSON.stringify([file, text]));
  }
  return {
    hash: hash.digest('hex'),
    hashes,
    fill(name, values = {}) {
      const template = templates.get(name);
      if (!template) throw new Error(`${folder} has no prompt ${name}.md`);
      return fillIn(template, values);
    },
  };
}

/** A prompt's text, cut at its places: thousands of questions are made of the same few. */
interface Template {
  /** Text and names of places by turns, text first. */
  parts: readonly string[];
  places: ReadonlySet<string>;
  where: string;
}

function templateOf(text: string, where: string): Template {
  const parts = text.split(/\{\{(\w+)\}\}/);
  return { parts, places: new Set(parts.filter((_, index) => index % 2 === 1)), where };
}

/** What is filled in may look like a place and is none. */
function fillIn({ parts, places, where }: Template, values: Record<string, string>): string {
  let filled = parts[0] ?? '';
  for (let index = 1; index < parts.length; index += 2) {
    const place = parts[index] ?? '';
    const value = values[place];
    if (value === undefined) throw new Error(`${where}: nothing is given for {{${place}}}`);
    filled += value + parts[index + 1];
  }
  const unused = Object.keys(values).find((place) => !places.has(place));
  if (unused !== undefined) throw new Error(`${where} has no place {{${unused}}}`);
  return filled;
}
