import { join } from 'node:path';

/** Real papers, beside the checkout. */
export const REAL_PAPERS = join(__dirname, '../../../shared/data/papers');

export const realPaper = (name: string, file = 'paper.pdf'): string => join(REAL_PAPERS, name, file);
