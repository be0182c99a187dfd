import type { Block } from './blocks.ts';
import type { Line } from './lines.ts';
import { overlapX, type Box } from './page.ts';
import { wordsOfLine } from './spell.ts';

/** Between the title and the first section stand names and addresses, however large; those beside each other are one line. */
export function frontMatter(blocks: Block[]): Block[] {
  const start = blocks.findIndex(({ type }) => type === 'title') + 1;
  const section = blocks.findIndex(
    (block, index) => index >= start && block.type === 'heading' && isSection(block.lines),
  );
  if (start === 0 || section < 0) return blocks;
  const front: Block[] = [];
  for (const block of blocks.slice(start, section)) {
    if (block.type !== 'heading' && block.type !== 'text') {
      front.push(block);
      continue;
    }
    const [line] = block.lines;
    const last = front.at(-1);
    const base = last?.type === 'text' ? last.lines.at(-1)?.base : undefined;
    const beside = line && block.lines.length === 1 && base !== undefined && Math.abs(base - line.base) < 2;
    if (beside && last?.type === 'text') last.lines.push(line);
    else front.push({ type: 'text', lines: [...block.lines], page: block.page, column: line as Box });
  }
  return [...blocks.slice(0, start), ...turnRows(front), ...blocks.slice(section)];
}

/** Rows of as many entries are columns: a name, its address and its letterbox below each other. */
function turnRows(front: readonly Block[]): Block[] {
  const turned: Block[] = [];
  for (const block of front) {
    const rows = turned.at(-1);
    const many = block.type === 'text' && block.lines.length > 1 && sameRow(block.lines);
    const above =
      many &&
      rows?.type === 'text' &&
      rows.lines.length % block.lines.length === 0 &&
      overlapX(rows.lines[0] as Box, block.lines[0] as Box) > 0;
    if (many && above && rows.lines.length >= block.lines.length && sameRow(rows.lines.slice(0, block.lines.length))) {
      rows.lines.push(...block.lines);
    } else turned.push(block);
  }
  return turned.flatMap((block) => {
    if (block.type !== 'text' || !sameRow(block.lines.slice(0, 2)) || block.lines.length < 2) return [block];
    const columns = block.lines.filter((line) => Math.abs(line.base - (block.lines[0]?.base ?? 0)) < 2).length;
    return Array.from({ length: columns }, (_, column) => ({
      ...block,
      lines: block.lines.filter((__, index) => index % columns === column),
    }));
  });
}

const sameRow = (lines: readonly Line[]): boolean =>
  lines.every((line) => Math.abs(line.base - (lines[0]?.base ?? 0)) < 2);

const isSection = (lines: readonly Line[]): boolean =>
  /^(?:abstract|\d+\.?\s|[IVX]+\.\s|introduction)/i.test(
    lines
      .flatMap((line) => wordsOfLine(line))
      .map(({ text }) => text)
      .join(' ')
      .concat(' '),
  );
