import { createHash } from 'node:crypto';

/** The hash of a JSON value, whatever the order of its keys; `$schema` says nothing about a run and does not count. */
export function recipeHash(recipe: unknown): string {
  return createHash('sha256').update(canonical(recipe)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([key, item]) => key !== '$schema' && item !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(',')}}`;
}
