import { mkdir, readdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { seconds } from '../../../core/duration.ts';
import type { ConversionSettings } from '../../../core/factory/settings.ts';
import { refusal, unconfined } from './built-in.ts';
import { runConfined, type Confinement } from './confined.ts';
import { convertMarkdown } from './from-markdown.ts';
import type { Converted, PdfJob } from './job.ts';

type ByCommand = Extract<ConversionSettings, { converter: 'command' }>;

const FILE_MB = 256;

/** docling, marker or another program that writes one Markdown file, and its figures, into a folder; it has no network. */
export async function convertByCommand(
  confinement: Confinement,
  { pdf, folder, signal }: PdfJob,
  settings: ByCommand,
): Promise<Converted | { reason: string }> {
  const out = join(folder, 'out');
  await mkdir(out);
  const end = await runConfined(confinement, {
    command: settings.command.map((part) => part.replaceAll('{pdf}', pdf).replaceAll('{out}', out)),
    readable: [pdf],
    trusted: true,
    writable: folder,
    limits: { seconds: seconds(settings.timeout), memoryMb: settings.memoryMb, fileMb: FILE_MB },
    signal,
  });
  if (end.cut !== null) return { reason: refusal(end, settings) ?? 'it was cut' };
  if (end.code !== 0) return { reason: `${settings.name} ended with ${end.code}: ${end.stderr.slice(-300)}` };
  const files = await readdir(out, { recursive: true, withFileTypes: true });
  const markdown = files.find((file) => file.isFile() && extname(file.name) === '.md');
  if (!markdown) return { reason: `${settings.name} wrote no Markdown file` };
  const converted = await convertMarkdown(join(markdown.parentPath, markdown.name), folder);
  await rm(out, { recursive: true });
  return { ...converted, notes: [...converted.notes, ...unconfined(confinement)] };
}
