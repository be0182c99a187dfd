import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { seconds } from '../../../core/duration.ts';
import { conversionQuality } from '../../../core/factory/conversion.ts';
import type { ConversionSettings } from '../../../core/factory/settings.ts';
import { packageRoot } from '../../sandboxes/package-root.ts';
import { nodeFolder, runConfined, type Confinement, type ConfinedEnd } from './confined.ts';
import type { Converted, PdfJob } from './job.ts';

type BuiltIn = Extract<ConversionSettings, { converter: 'built-in' }>;

/** What lets the child run where this file was not compiled, as in tests. */
const UNCOMPILED = join(__dirname, '..', '..', '..', 'tools', 'typescript.cjs');
/** The child's exit status for a PDF that cannot be converted. */
const REFUSED = 3;
/** Figures are pictures of at most 2000 × 2000 pixels. */
const FILE_MB = 32;

const result = z.object({ pages: z.number(), quality: conversionQuality, notes: z.array(z.string()) });

/** PDFium and our own reading of the page, in a process of its own without network. */
export async function convertBuiltIn(
  confinement: Confinement,
  { pdf, folder, signal }: PdfJob,
  settings: BuiltIn,
): Promise<Converted | { reason: string }> {
  const extension = extname(__filename);
  const heap = `--max-old-space-size=${Math.max(128, Math.floor(settings.memoryMb / 2))}`;
  const loader = extension === '.ts' ? ['--require', UNCOMPILED] : [];
  const child = join(__dirname, '..', 'pdf', `child${extension}`);
  const end = await runConfined(confinement, {
    command: [process.execPath, heap, ...loader, child, pdf, folder, String(settings.maxPages)],
    readable: [nodeFolder(), packageRoot(), pdf],
    writable: folder,
    limits: { seconds: seconds(settings.timeout), memoryMb: settings.memoryMb, fileMb: FILE_MB },
    signal,
  });
  const reason = refusal(end, settings);
  if (reason) return { reason };
  const told = result.parse(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')));
  const markdown = await readFile(join(folder, 'paper.md'), 'utf8');
  return { ...told, markdown, notes: [...told.notes, ...unconfined(confinement)] };
}

/** Why a PDF could not be converted; what is the converter's own fault is thrown. */
export function refusal(
  { code, cut, stderr }: ConfinedEnd,
  { timeout, memoryMb }: Pick<BuiltIn, 'timeout' | 'memoryMb'>,
): string | null {
  if (cut === 'time') return `converting it took longer than ${timeout}`;
  if (cut === 'memory' || /heap out of memory/.test(stderr))
    return `converting it took more than ${memoryMb} MB of memory`;
  if (code === 0) return null;
  const last = stderr.split('\n').at(-1) ?? '';
  if (code === REFUSED) return last;
  throw new Error(`the converter ended with ${code}: ${stderr.slice(-500)}`);
}

export const unconfined = (confinement: Confinement): string[] =>
  confinement.bwrap === null ? [`converted without bubblewrap: ${confinement.reason}`] : [];
