import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { convertPdf } from './convert.ts';
import { PdfError } from './pdfium.ts';

/** Exit status for a PDF that cannot be converted: trying again cannot help. */
const REFUSED = 3;

/** The process that opens a PDF: `child PDF FOLDER MAX_PAGES`. It writes paper.md, assets/ and, last, result.json. */
async function main([pdf = '', folder = '', maxPages = '']: string[]): Promise<void> {
  const { markdown, figures, ...rest } = await convertPdf(readFileSync(pdf), { maxPages: Number(maxPages) });
  for (const { path, png } of figures) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), png);
  }
  writeFileSync(join(folder, 'paper.md'), markdown);
  writeFileSync(join(folder, 'result.json'), JSON.stringify(rest));
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(error instanceof PdfError ? REFUSED : 1);
});
