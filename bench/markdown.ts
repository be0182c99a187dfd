import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { convertBuiltIn } from '../activities/papers/convert/built-in.ts';
import { findConfinement } from '../activities/papers/convert/confined.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { conversionSettings } from '../core/factory/settings.ts';
import { atLeast, type Figure } from './figure.ts';
import { comparedWords, inOrder, withoutMarks, withoutRunningTitles } from './words-in-order.ts';

const PAPERS = ['eml-architecture-2026', 'faster-teaching-2020', 'othello-selfplay-2017'];
const BOUND = 0.97;

const run = promisify(execFile);

interface Measured {
  words: number;
  ours: number;
  peer: number;
  seconds: number;
}

/**
 * Real PDFs as Markdown: of the words of their text layer (`pdftotext -raw`, without running titles), the share that is found in
 * order; against `pdftotext -layout` in the same run.
 */
export async function markdown(): Promise<Figure[]> {
  const folder = join(packageRoot(), '../shared/data/papers');
  if (!existsSync(folder)) throw new Error(`the real papers are not there: ${folder}`);
  await run('pdftotext', ['-v']).catch((error: Error) => {
    throw new Error('pdftotext is missing, which is the measure and the peer: `apt-get install poppler-utils`', {
      cause: error,
    });
  });
  const measured = await Promise.all(PAPERS.map((paper) => measure(join(folder, paper, 'paper.pdf'))));
  const total = (of: keyof Measured): number => measured.reduce((sum, one) => sum + one[of], 0);
  const detail = Object.fromEntries(
    measured.flatMap(({ words, ours, peer }, index) => [
      [PAPERS[index] ?? '', ours / words],
      [`${PAPERS[index]} peer`, peer / words],
    ]),
  );
  const [share, peer] = [total('ours') / total('words'), total('peer') / total('words')];
  const figure = 'Markdown of real PDFs: words in order';
  const bound = Math.max(BOUND, peer);
  const summary = { ...detail, peer, words: total('words'), seconds: total('seconds') };
  return [
    { ...atLeast(figure, share, bound), bound: `>= ${BOUND} and the peer's`, unit: 'of the words', detail: summary },
  ];
}

async function measure(pdf: string): Promise<Measured> {
  const [raw, layout] = await Promise.all(
    ['-raw', '-layout'].map(async (mode) => (await run('pdftotext', [mode, pdf, '-'], { maxBuffer: 2 ** 26 })).stdout),
  );
  const reference = comparedWords(withoutRunningTitles(raw ?? ''));
  const began = performance.now();
  const ours = comparedWords(withoutMarks(await convert(pdf)));
  const seconds = (performance.now() - began) / 1000;
  const found = { ours: inOrder(reference, ours), peer: inOrder(reference, comparedWords(layout ?? '')) };
  return { words: reference.length, ...found, seconds };
}

async function convert(pdf: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const settings = conversionSettings.parse({ converter: 'built-in' });
  if (settings.converter !== 'built-in') throw new Error('the built-in converter is measured');
  try {
    const converted = await convertBuiltIn(await findConfinement(), { pdf, folder }, settings);
    if ('reason' in converted) throw new Error(`${pdf}: ${converted.reason}`);
    return converted.markdown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
