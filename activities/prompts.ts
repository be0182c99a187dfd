import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The prompts of one folder and the hash of all of them, which goes into every record that they have a part in. */
export interface Prompts {
  hash: string;
  /** The text of `<name>.md` with its `{{places}}` filled in; a place without a value, or a value without a place, is an error. */
  fill(name: string, values?: Record<string, string>): string;
}

/** Reads every Markdown file of a folder. */
export async function readPrompts(folder: string): Promise<Prompts> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).toSorted();
  const texts = new Map<string, string>();
  const hash = createHash('sha256');
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    texts.set(file.replace(/\.md$/, ''), text.trimEnd());
    hash.update(JSON.stringify([file, text]));
  }
  return {
    hash: hash.digest('hex'),
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
