import type { ConversionQuality } from '../../../core/factory/conversion.ts';
import { missingSections, singleLetterShare } from '../../../core/factory/reading.ts';

/** A PDF that is to be converted. */
export interface PdfJob {
  pdf: string;
  /** An empty folder; figures go into `assets/` in it. */
  folder: string;
  signal?: AbortSignal | undefined;
}

/** What a converter made. */
export interface Converted {
  markdown: string;
  pages: number;
  quality: ConversionQuality;
  notes: string[];
}

/** What can be measured of Markdown that came from elsewhere. */
export function qualityOf(markdown: string): ConversionQuality {
  const count = (pattern: RegExp): number => markdown.match(pattern)?.length ?? 0;
  const letters = count(/\S/g);
  return {
    unreadable: letters === 0 ? 0 : count(/[\ufffd\ue000-\uf8ff]/g) / letters,
    emptyPages: 0,
    singleLetters: singleLetterShare(markdown),
    missingSections: missingSections(markdown),
    tables: count(/^\|?[ :|-]*-{3}[ :|-]*\|[ :|-]*$/gm),
    plainTables: 0,
    figures: count(/!\[[^\]]*\]\([^)]+\)/g),
    equations: count(/\$\$[\s\S]+?\$\$/g),
  };
}
