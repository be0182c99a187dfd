import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROMPTS = [
  'system',
  'paper',
  'hardware',
  'contributions',
  'expand',
  'repair',
  'weights',
  'addendum',
  'review',
  'revise',
] as const;
export type PromptName = (typeof PROMPTS)[number];

/** The prompts of the factory: Markdown files, each known by its hash. */
export interface Prompts {
  /** A prompt with its `{{places}}` filled; one that is left open, or that is not there, throws. */
  render(name: PromptName, values?: Record<string, string>): string;
  hashes: Record<PromptName, string>;
}

/** Reads the prompts of a folder, once per process. */
export function readPrompts(folder: string): Prompts {
  const texts = new Map(PROMPTS.map((name) => [name, readFileSync(join(folder, `${name}.md`), 'utf8')]));
  const hashes = Object.fromEntries([...texts].map(([name, text]) => [name, sha256(text)]));
  return {
    render: (name, values = {}) => fill(name, texts.get(name) ?? '', values),
    hashes: hashes as Record<PromptName, string>,
  };
}

function fill(name: string, text: string, values: Record<string, string>): string {
  const used = new Set<string>();
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, place: string) => {
    const value = values[place];
    if (value === undefined)
      throw new Error(`the prompt ${name} has a place for ${place}, and nothing was given for it`);
    used.add(place);
    return value;
  });
  const unused = Object.keys(values).find((place) => !used.has(place));
  if (unused !== undefined) throw new Error(`the prompt ${name} has no place for ${unused}`);
  return filled.trim();
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
