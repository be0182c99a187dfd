import { XMLParser } from 'fast-xml-parser';

/** GROBID's TEI as Markdown: title, abstract, sections, formulas, captions, tables and references. */
export function markdownOfTei(xml: string): string {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    preserveOrder: true,
    trimValues: false,
  });
  const root = below(parser.parse(xml) as Node[], 'TEI');
  const header = below(root, 'teiHeader');
  const text = below(root, 'text');
  const title = words(below(below(below(header, 'fileDesc'), 'titleStmt'), 'title'));
  const abstract = below(below(header, 'profileDesc'), 'abstract');
  const parts = [
    title === '' ? '' : `# ${title}`,
    ...(words(abstract) === '' ? [] : ['## Abstract', ...blocks(abstract)]),
    ...blocks(below(text, 'body')),
    ...references(below(text, 'back')),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** As the parser keeps the order: one key with the children, attributes beside it. */
type Node = Record<string, unknown>;

const nameOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? '';

function childrenOf(node: Node): Node[] {
  const children = node[nameOf(node)];
  return Array.isArray(children) ? (children as Node[]) : [];
}

const attribute = (node: Node, name: string): string =>
  (node[':@'] as Record<string, string> | undefined)?.[`@${name}`] ?? '';

function below(nodes: readonly Node[], name: string): Node[] {
  const node = nodes.find((one) => nameOf(one) === name);
  return node ? childrenOf(node) : [];
}

function words(nodes: readonly Node[]): string {
  const text = (list: readonly Node[]): string =>
    list.map((node) => ('#text' in node ? String(node['#text']) : text(childrenOf(node)))).join('');
  return text(nodes).replaceAll(/\s+/g, ' ').trim();
}

function blocks(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    const children = childrenOf(node);
    switch (nameOf(node)) {
      case 'div':
        return blocks(children);
      case 'head':
        return [heading(attribute(node, 'n'), words(children))];
      case 'formula':
        return [`$$\n${words(children)}\n$$`];
      case 'figure':
        return [caption(children), table(below(children, 'table'))];
      case 'p':
      case 'note':
        return [words(children)];
      default:
        return [];
    }
  });
}

function heading(number: string, text: string): string {
  const level = number === '' ? 2 : 1 + number.split('.').filter(Boolean).length;
  return `${'#'.repeat(Math.min(6, level))} ${number === '' ? '' : `${number} `}${text}`;
}

function caption(figure: readonly Node[]): string {
  const head = words(below(figure, 'head'));
  return `${head === '' ? '' : `**${head}** `}${words(below(figure, 'figDesc'))}`.trim();
}

function table(rows: readonly Node[]): string {
  const cells = rows
    .filter((row) => nameOf(row) === 'row')
    .map((row) => childrenOf(row).map((cell) => words(childrenOf(cell)).replaceAll('|', '\\|')));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  if (columns === 0) return '';
  const line = (row: readonly string[]): string =>
    `| ${Array.from({ length: columns }, (_, index) => row[index] ?? '').join(' | ')} |`;
  return [line(cells[0] ?? []), line(Array.from({ length: columns }, () => '---')), ...cells.slice(1).map(line)].join(
    '\n',
  );
}

function references(back: readonly Node[]): string[] {
  const lists = back.filter((node) => nameOf(node) === 'div').flatMap((node) => below(childrenOf(node), 'listBibl'));
  const entries = lists.filter((node) => nameOf(node) === 'biblStruct');
  const written = entries.map((node, index) => `[${index + 1}] ${words(childrenOf(node))}`);
  return written.length === 0 ? [] : ['## References', ...written];
}
