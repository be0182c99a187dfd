/** Rows under a heading, in columns as wide as they need be; those of `numbers` stand to the right. */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: number[] = [],
): string[] {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return numbers.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
