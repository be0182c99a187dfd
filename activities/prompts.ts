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
  const texts = new Map<string, string>();
  const hashes: Record<string, string> = {};
  const hash = createHash('sha256');
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const name = file.replace(/\.md$/, '');
    texts.set(name, text.trimEnd());
    hashes[name] = createHash('sha256').update(text).digest('hex');
    hash.update(JSON.stringify([file, text]));
  }
  return {
    hash: hash.digest('hex'),
    hashes,
    fill(name, values = {}) {
      const text = texts.get(name);
      if (text === undefined) throw new Error(`${folder} has no prompt ${name}.md`);
      return fillIn(text, values, `${folder}/${name}.md`);
    },
  };
}

function fillIn(text: string, values: Record<string, string>, where: string): string {
  const used = new Set<string>();
  // One pass: what is filled in may look like a place and is none.
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new Error(`${where}: nothing is given for {{${place}}}`);
    used.add(place);
    return value;
  });
  const unused = Object.keys(values).find((place) => !used.has(place));
  if (unused !== undefined) throw new Error(`${where} has no place {{${unused}}}`);
  return filled;
}
