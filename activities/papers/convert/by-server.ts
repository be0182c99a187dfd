import { readFile } from 'node:fs/promises';
import { seconds } from '../../../core/duration.ts';
import type { ConversionSettings } from '../../../core/factory/settings.ts';
import { reasonOf } from '../../sources/asking.ts';
import { qualityOf, type Converted, type PdfJob } from './job.ts';
import { markdownOfTei } from './tei.ts';

type ByServer = Extract<ConversionSettings, { converter: 'http' }>;

/** GROBID, docling-serve or another server that takes a PDF and answers with its text. */
export async function convertByServer(
  { pdf, signal }: PdfJob,
  settings: ByServer,
): Promise<Converted | { reason: string }> {
  const bytes = new Blob([await readFile(pdf)], { type: 'application/pdf' });
  const limit = AbortSignal.timeout(seconds(settings.timeout) * 1000);
  const answer = await send(settings, bytes, signal ? AbortSignal.any([signal, limit]) : limit);
  const text = await answer.text();
  if (answer.status >= 500 || answer.status === 429) throw new Error(`${settings.url} answered ${answer.status}`);
  if (!answer.ok) return { reason: `${settings.name} refused it (${answer.status}): ${text.slice(0, 200)}` };
  const markdown = markdownIn(text, settings);
  return { markdown, pages: 0, quality: qualityOf(markdown), notes: [`${settings.name} gives no figures`] };
}

async function send({ url, field }: ByServer, bytes: Blob, signal: AbortSignal): Promise<Response> {
  const form = new FormData();
  if (field !== '') form.append(field, bytes, 'paper.pdf');
  try {
    return await fetch(url, { method: 'POST', body: field === '' ? bytes : form, signal });
  } catch (error) {
    throw new Error(`${url} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

function markdownIn(text: string, { answer, path, name }: ByServer): string {
  if (answer === 'tei') return markdownOfTei(text);
  if (answer === 'markdown') return text;
  const below = (value: unknown, key: string): unknown => (value as Record<string, unknown> | null | undefined)?.[key];
  const found = path.split('.').reduce(below, JSON.parse(text) as unknown);
  if (typeof found !== 'string') throw new Error(`${name} answered without ${path}`);
  return found;
}
