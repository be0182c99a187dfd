import type { PaperPlace } from './paper.ts';

/**
 * Store keys of the factory. What costs time or money is kept by its content, for all runs; a run's own folder of a paper holds
 * its record and what was decided.
 */
export const factoryKeys = {
  papers: (run: string): string => `runs/${run}/papers`,
  list: (run: string): string => `runs/${run}/papers.json`,
  paper: ({ run, paper }: PaperPlace): string => `runs/${run}/papers/${paper}`,
  record: (place: PaperPlace): string => `${factoryKeys.paper(place)}/record.json`,
  converted: (place: PaperPlace): string => `${factoryKeys.paper(place)}/converted.json`,
  code: (place: PaperPlace): string => `${factoryKeys.paper(place)}/code.json`,
  decontamination: (place: PaperPlace): string => `${factoryKeys.paper(place)}/decontamination.json`,
  /** Bytes of a PDF, by their hash. */
  pdf: (sha256: string): string => `factory/pdfs/${sha256}.pdf`,
  /** One conversion: `paper.md`, `assets/`, and `conversion.json`, which is written last. */
  conversion: (hash: string): string => `factory/conversions/${hash}`,
  /** One state of somebody's code: `files/`, and `code.json`, which is written last. */
  codeAt: (hash: string): string => `factory/code/${hash}`,
  /** Answers of other people's servers. */
  answers: 'factory/answers',
};
