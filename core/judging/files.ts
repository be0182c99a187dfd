/** What a leaf of a category is graded by; the words are PaperBench's. */
export type GradedCategory = 'Code Development' | 'Code Execution' | 'Result Analysis';

const words = (text: string): string[] => text.split(' ');
const DOCS = words('md txt rst');
const CODE = words(
  'py r rmd m jl ipynb c h cpp hpp cc cxx hxx cu cuh java js ts scala go rs sh bash config cfg json yaml yml toml ini',
);
const TABLES = words('csv tsv psv json jsonl html xml yaml yml toml arff tex svm libsvm log');
const NAMES = ['dockerfile', 'makefile', 'requirements', 'readme'];
const SKIPPED = /(^|\/)(\.git|\.github|\.?venv|\.env|wandb|__pycache__|node_modules|[^/]*\.egg-info)\//;

/** The script and its log are shown apart. */
export const SCRIPT = 'reproduce.sh';
export const LOG = 'reproduce.log';

/** Whether a judge may want to read a file of a submission at all, whatever the leaf. */
export const isReadable = (path: string): boolean =>
  path === SCRIPT || path === LOG || (!SKIPPED.test(path) && hasKind(path, [...DOCS, ...CODE, ...TABLES], true));

/** Whether a leaf of the category is graded by the file: code and documents, or documents and what the reproduction made. */
export function isShown(category: GradedCategory, path: string, touched: ReadonlySet<string>): boolean {
  if (path === SCRIPT || path === LOG || SKIPPED.test(path)) return false;
  if (category !== 'Result Analysis') return hasKind(path, [...DOCS, ...CODE], true);
  return hasKind(path, DOCS, false) || (touched.has(path) && hasKind(path, TABLES, false));
}

/** Whether the reproduction left anything that a leaf of results could rest on. */
export const hasResults = (touched: ReadonlySet<string>): boolean =>
  [...touched].some((path) => path !== LOG && !SKIPPED.test(path) && hasKind(path, [...DOCS, ...TABLES], false));

/** Whether the log of the reproduction is shown. */
export const seesLog = (category: GradedCategory): boolean => category !== 'Code Development';

function hasKind(path: string, extensions: readonly string[], byName: boolean): boolean {
  const file = (path.split('/').at(-1) ?? '').toLowerCase();
  const dot = file.lastIndexOf('.');
  if (dot > 0) return extensions.includes(file.slice(dot + 1));
  return byName && NAMES.includes(file);
}
