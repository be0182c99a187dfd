import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const leaf = (id: string, category: string, requirements: string): object => ({
  id,
  requirements,
  weight: 1,
  sub_tasks: [],
  task_category: category,
  finegrained_task_category: 'Method Implementation',
});

/** A rubric with a leaf of each category. */
export const SMALL_RUBRIC = {
  id: 'root',
  requirements: 'The paper is reproduced.',
  weight: 1,
  sub_tasks: [
    leaf('method', 'Code Development', 'The method is implemented.'),
    leaf('run', 'Code Execution', 'The experiment is run.'),
    leaf('result', 'Result Analysis', 'The accuracy is about 0.9.'),
  ],
};

/** The files of a small task in PaperBench's layout. */
export const taskFiles = (id: string): Record<string, string> => ({
  'config.yaml': `id: ${id}\ntitle: "A paper: ${id}"\n`,
  'paper.md': `# ${id}\n\nThe accuracy is 0.9.\n\n![one](assets/one.png)\n`,
  'paper.pdf': '%PDF-1.4 not really\n',
  'addendum.md': 'Only the first table counts.\n',
  'judge.addendum.md': 'Be kind about rounding.\n',
  'blacklist.txt': 'https://github.com/authors/code\n',
  'rubric.json': `${JSON.stringify({ ...SMALL_RUBRIC, id: `${id}-root` }, null, 2)}\n`,
  'assets/one.png': 'not really a picture',
});

/** Writes a small task folder below `folder`, with some of its files changed or left out; answers its path. */
export function writeTaskFolder(folder: string, id: string, changes: Record<string, string | null> = {}): string {
  const path = join(folder, id);
  for (const [file, text] of Object.entries({ ...taskFiles(id), ...changes })) {
    if (text === null) continue;
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}
