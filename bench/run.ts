import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Figure } from './figure.ts';

/** Every measurement by its name; each loads only what it needs. */
export const BENCHES: Record<string, () => Promise<() => Promise<Figure[]>>> = {
  'tool-call': async () => (await import('./tool-call.ts')).toolCall,
  stage: async () => (await import('./stage.ts')).stage,
  kill: async () => (await import('./kill.ts')).kill,
  splitting: async () => (await import('./splitting.ts')).splitting,
  trainer: async () => (await import('./trainer.ts')).trainer,
  serving: async () => (await import('./serving.ts')).serving,
  start: async () => (await import('./start.ts')).start,
  learning: async () => (await import('./learning.ts')).learning,
};

/** Measures what is named, prints a table as it goes and writes the figures as JSON; the file's path comes back. */
export async function runBenches(
  names: readonly string[],
  environment: Environment,
): Promise<{ file: string; ok: boolean }> {
  const figures: Figure[] = [];
  for (const name of names) {
    const load = BENCHES[name];
    if (!load) throw new Error(`there is no bench "${name}": ${Object.keys(BENCHES).join(', ')}`);
    const measure = await load();
    for (const figure of await measure()) {
      figures.push(figure);
      process.stdout.write(`${line(figure)}\n`);
    }
  }
  const folder = join(environment.home, 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  return { file, ok: figures.every(({ ok }) => ok) };
}

function line({ figure, value, unit, bound, ok, detail }: Figure): string {
  const numbers = Object.entries(detail).map(([key, number]) => `${key} ${rounded(number)}`);
  const more = numbers.length > 0 ? `  (${numbers.join(', ')})` : '';
  return `${ok ? 'ok  ' : 'MISS'} ${figure}: ${rounded(value)} ${unit}, ${bound}${more}`;
}

const rounded = (number: number): string => (Number.isInteger(number) ? String(number) : number.toPrecision(3));
