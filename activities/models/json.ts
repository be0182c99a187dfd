import { jsonrepair } from 'jsonrepair';

/** Every way in which models wrap or spoil JSON that can be told from what they meant; undefined where there is no object. */
export function lenientObject(text: string): Record<string, unknown> | undefined {
  return objectIn(text) ?? objectIn(repaired(text)) ?? objectIn(repaired(outermost(text)));
}

function objectIn(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Trailing commas, single quotes, missing brackets, raw line breaks, fences. */
function repaired(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : jsonrepair(text);
  } catch {
    return undefined;
  }
}

/** From the first brace to the last, where there was talk around it. */
function outermost(text: string): string | undefined {
  const begin = text.indexOf('{');
  const end = text.lastIndexOf('}');
  return begin === -1 ? undefined : text.slice(begin, end < begin ? undefined : end + 1);
}
