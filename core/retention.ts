/** Something that may be removed one day. */
export interface Kept {
  name: string;
  /** The higher the better; null where it has none. */
  score: number | null;
  /** The later the higher. */
  order: number;
  /** Whether a manifest names it: then it stays, whatever the rule says. */
  named: boolean;
}

/** How many stay, by either count. */
export interface Rule {
  keepBest: number;
  keepLast: number;
}

/** The names that a rule gives up: neither among the best, nor among the last, nor named. */
export function toRemove(items: readonly Kept[], { keepBest, keepLast }: Rule): string[] {
  const best = items.toSorted((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || b.order - a.order);
  const last = items.toSorted((a, b) => b.order - a.order);
  const stay = new Set([...best.slice(0, keepBest), ...last.slice(0, keepLast)].map(({ name }) => name));
  return items.filter(({ name, named }) => !named && !stay.has(name)).map(({ name }) => name);
}
