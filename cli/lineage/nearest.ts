/** The names that a person may have meant, the likeliest first: those that take the fewest changes of a letter. */
export function nearestOf(wanted: string, names: Iterable<string>, most: number): string[] {
  return [...names]
    .map((name) => ({ name, changes: changesBetween(wanted, name) }))
    .toSorted((a, b) => a.changes - b.changes || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** Levenshtein's distance: letters to put in, to take out or to replace. One row of its table is kept. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = at(row, column - 1) + (from[index] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, at(row, column) + 1, at(next, column - 1) + 1));
    }
    row = next;
  }
  return at(row, to.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? 0;
