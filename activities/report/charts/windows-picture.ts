import type { Window } from '../../../core/windows.ts';
import type { Markup } from '../markup.ts';
import { COLOUR } from './colours.ts';
import { framed } from './draw.ts';

export interface WindowsPicture {
  /** Tokens of the pinned prefix. */
  prefix: number;
  /** Tokens of each turn, and how many of them are the action that it begins with. */
  turns: readonly { tokens: number; action: number }[];
  windows: readonly Pick<Window, 'from' | 'to' | 'trainedFrom'>[];
  /** Tokens that a window holds at most. */
  maxTokens: number;
}

const HEAD = 124;
const BODY = 560;
const ROW = 20;
const BAR = 13;

/**
 * A trajectory drawn as its windows, one row each, to the scale of tokens: the pinned prefix at the head, turns that are
 * context pale, trained turns strong where the policy wrote and lighter where it was answered; the line is the limit.
 */
export function windowsPicture({ prefix, turns, windows, maxTokens }: WindowsPicture): Markup {
  const scale = BODY / maxTokens;
  const rows = windows.map((window, index) => {
    const y = index * ROW + 4;
    const title = `${index + 1} · ${span(window)}`;
    const parts = [rect({ from: 0, tokens: prefix }, COLOUR.pinned), ...turnsOf(window, prefix, turns)];
    return `${label(title, y)}<g transform="translate(${HEAD} ${y})">${parts.map((part) => part(scale, maxTokens)).join('')}</g>`;
  });
  const bottom = windows.length * ROW + 4;
  const limit = `<path d="M${HEAD + BODY} 0V${bottom}" stroke="${COLOUR.ink}" stroke-dasharray="3 3" fill="none"/>`;
  const scaleText = (x: number, anchor: string, text: string): string =>
    `<text x="${x}" y="${bottom + 14}" text-anchor="${anchor}" font-size="11" fill="${COLOUR.dim}">${text}</text>`;
  const feet = scaleText(HEAD, 'start', '0') + scaleText(HEAD + BODY, 'end', `${maxTokens} tokens`);
  const spoken = `${turns.length} turns in ${windows.length} windows of at most ${maxTokens} tokens, each after a prefix of ${prefix}`;
  return framed({ width: HEAD + BODY + 8, height: bottom + 22, label: spoken }, rows.join('') + limit + feet);
}

type Part = (scale: number, maxTokens: number) => string;

function turnsOf(
  { from, to, trainedFrom }: WindowsPicture['windows'][number],
  prefix: number,
  turns: WindowsPicture['turns'],
): Part[] {
  let at = prefix;
  return turns.slice(from, to).flatMap(({ tokens, action }, index) => {
    const start = at;
    at += tokens;
    if (from + index < trainedFrom) return [rect({ from: start, tokens }, COLOUR.pale)];
    const answer = rect({ from: start + action, tokens: tokens - action }, COLOUR.accent, 0.35);
    return [rect({ from: start, tokens: action }, COLOUR.accent), answer];
  });
}

/** What is beyond the limit is not drawn: a truncated window ends within a turn. */
function rect(piece: { from: number; tokens: number }, colour: string, opacity = 1): Part {
  return (scale, maxTokens) => {
    const tokens = Math.min(piece.tokens, maxTokens - piece.from);
    if (tokens <= 0) return '';
    const width = tokens * scale;
    const drawn = width > 3 ? width - 0.75 : width;
    const shade = opacity === 1 ? '' : ` fill-opacity="${opacity}"`;
    return `<rect x="${round(piece.from * scale)}" width="${round(drawn)}" height="${BAR}" fill="${colour}"${shade}/>`;
  };
}

const label = (text: string, y: number): string =>
  `<text x="${HEAD - 8}" y="${y + BAR - 3}" text-anchor="end" font-size="11" fill="${COLOUR.dim}">${text}</text>`;

const span = ({ from, to }: { from: number; to: number }): string =>
  to - from > 1 ? `turns ${from + 1}–${to}` : to > from ? `turn ${to}` : 'no turn';

const round = (value: number): number => Math.round(value * 100) / 100;
