import { createRandom } from '../random.ts';

/** Files by their path. */
export type FileTexts = readonly { path: string; text: string }[];

/**
 * The same files with all their lines mixed: each has as many lines as before, drawn from all of them. Every word of the code is still
 * there, and none of what it does: a judge that only looks for words is taken in.
 */
export function shuffleLines(files: FileTexts, seed = 0): { path: string; text: string }[] {
  const lines = createRandom(seed).shuffle(files.flatMap(({ text }) => text.split('\n')));
  return files.map(({ path, text }) => ({ path, text: lines.splice(0, text.split('\n').length).join('\n') }));
}
