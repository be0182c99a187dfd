import type { ConversionQuality } from '../../../core/factory/conversion.ts';
import { missingSections, singleLetterShare } from '../../../core/factory/reading.ts';
import { readDocument } from './document.ts';
import { drawBox } from './draw.ts';
import { writeDocument } from './markdown.ts';
import type { Page } from './page.ts';
import { loadPdfium, openDocument, PdfError } from './pdfium.ts';
import { readPage } from './read-page.ts';

/** Raised with every change of what comes out: a paper is then converted again. */
export const CONVERTER = 'longhaul 2 (PDFium 2.15.1)';

export interface ConvertedPdf {
  markdown: string;
  figures: { path: string; png: Buffer }[];
  pages: number;
  quality: ConversionQuality;
  notes: string[];
}

/** A page that has more letters than any paper's page is no paper's. */
const MOST_LETTERS = 60_000;

/** Turns a PDF into Markdown with its figures; throws PdfError where it cannot be read. */
export async function convertPdf(bytes: Uint8Array, { maxPages }: { maxPages: number }): Promise<ConvertedPdf> {
  const pdfium = await loadPdfium();
  const { document, pages: count } = openDocument(pdfium, bytes);
  if (count === 0) throw new PdfError('it has no pages');
  if (count > maxPages) throw new PdfError(`it has ${count} pages, more than ${maxPages}`);
  const pages = Array.from({ length: count }, (_, index) => readPage(pdfium, document, index + 1));
  const full = pages.find((page) => page.glyphs.length > MOST_LETTERS);
  if (full) throw new PdfError(`page ${full.number} has ${full.glyphs.length} letters, more than a page can have`);
  const { markdown, pictures, counts } = writeDocument(readDocument(pages));
  const figures = pictures.map(({ path, ...place }) => ({ path, png: drawBox(pdfium, document, place) }));
  return {
    markdown,
    figures,
    pages: count,
    quality: { ...measure(pages, markdown), ...counts },
    notes: notesOf(pages),
  };
}

function measure(
  pages: readonly Page[],
  markdown: string,
): Omit<ConversionQuality, 'tables' | 'plainTables' | 'figures' | 'equations'> {
  const letters = pages.reduce((sum, page) => sum + page.glyphs.length, 0);
  const unreadable = pages.reduce((sum, page) => sum + page.unreadable, 0);
  return {
    unreadable: letters === 0 ? 0 : unreadable / letters,
    emptyPages: pages.filter(isEmpty).length / pages.length,
    singleLetters: singleLetterShare(markdown),
    missingSections: missingSections(markdown),
  };
}

/** A picture of a page, not its text. */
const isEmpty = (page: Page): boolean => page.glyphs.length < 30;

function notesOf(pages: readonly Page[]): string[] {
  const empty = pages.filter(isEmpty).map(({ number }) => number);
  return empty.length > 0 ? [`pages without text: ${empty.join(', ')}`] : [];
}
