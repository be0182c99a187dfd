import type { Turn } from '../trajectory.ts';
import { pageReadBy } from './read-command.ts';

/** The first line that reading a page prints. */
export const PAGE_LINE = /^\[(.+), page (\d+) of (\d+)\]/;

export const pageLine = (path: string, page: number, pages: number): string => `[${path}, page ${page} of ${pages}]`;

/** How far a file has been read page by page. */
export interface ReadingProgress {
  /** Unknown until the first page was read. */
  pages: number | undefined;
  /** Pages that were not read yet, in order. */
  left: number[];
}

/** What of a file the finished turns have read, by what reading them printed. */
export function readingProgress(path: string, turns: readonly Turn[]): ReadingProgress {
  const read = new Set<number>();
  let pages: number | undefined;
  for (const { acted, observed } of turns) {
    for (const { callId, output, exitCode } of observed.observations) {
      const call = acted.calls.find(({ id }) => id === callId);
      const isReading = call !== undefined && pageReadBy(call) !== undefined;
      const [, shown, page, of] = (isReading && exitCode === 0 && PAGE_LINE.exec(output)) || [];
      if (shown !== path) continue;
      read.add(Number(page));
      pages = Number(of);
    }
  }
  return { pages, left: upTo(pages ?? 0).filter((page) => !read.has(page)) };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Page numbers for a person: `2-4, 7`. */
export function pageList(pages: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && last[1] === page - 1) last[1] = page;
    else runs.push([page, page]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
