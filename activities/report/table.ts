import { markup, type Markup } from './markup.ts';

export interface Column<Row> {
  title: string;
  /** Numbers stand to the right. */
  number?: boolean;
  cell: (row: Row) => string | number | Markup;
}

/** A table with a caption for those who hear it; the first column names its row. It scrolls by itself where it is too wide. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  const heads = columns.map(({ title, number }) => markup`<th scope="col"${kind(number)}>${title}</th>`);
  const lines = rows.map((row) => markup`<tr>${columns.map((column, index) => cell(column, row, index === 0))}</tr>\n`);
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table></div>`;
}

function cell<Row>({ cell, number }: Column<Row>, row: Row, names: boolean): Markup {
  return names
    ? markup`<th scope="row"${kind(number)}>${cell(row)}</th>`
    : markup`<td${kind(number)}>${cell(row)}</td>`;
}

const kind = (number: boolean | undefined): Markup => (number ? markup` class="number"` : markup``);
