import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of PaperBench's development split, which lies beside the checkout. */
export const paperbench = (paper: string, file: string): string =>
  readFileSync(join(__dirname, '../../../../shared/data/paperbench', paper, file), 'utf8');

export const PAPERS = ['semantic-self-consistency', 'self-expansion', 'self-composing-policies'] as const;
