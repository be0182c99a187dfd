import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Figure } from './figure.ts';

/** What a person has asked of a bench, and where it keeps what it has before it is through. */
export interface BenchContext {
  /** Of those that train; each has its own where none are named. */
  seeds?: readonly number[];
  /** Writes an intermediate result beside the figures, so that a bench that is cut leaves what it had. */
  keep(name: string, result: unknown): void;
}

type Measure = (context: BenchContext) => Promise<Figure[]>;

/** Every measurement by its name; each loads only what it needs. */
export const BENCHES: Record<string, () => Promise<Measure>> = {
  'tool-call': async () => (await import('./tool-call.ts')).toolCall,
  stage: async () => (await import('./stage.ts')).stage,
  'judge-queue': async () => (await import('./judge-queue.ts')).judgeQueue,
  'rl-slots': async () => (await import('./rl-slots.ts')).rlSlots,
  judging: async () => (await import('./judging.ts')).judging,
  'rl-history': async () => (await import('./rl-slots.ts')).rlHistory,
  kill: async () => (await import('./kill.ts')).kill,
  durability: async () => (await import('./durability.ts')).durability,
  factory: async () => (await import('./factory.ts')).factory,
  'factory-window': async () => (await import('./factory-window.ts')).factoryWindow,
  'factory-kill': async () => (await import('./factory-kill.ts')).factoryKill,
  caching: async () => (await import('./caching.ts')).caching,
  provider: async () => (await import('./provider.ts')).provider,
  splitting: async () => (await import('./splitting.ts')).splitting,
  trainer: async () => (await import('./trainer.ts')).trainer,
  serving: async () => (await import('./serving.ts')).serving,
  start: async () => (await import('./start.ts')).start,
  learning: async () => (await import('./learning.ts')).learning,
  progressive: async () => (await import('./progressive.ts')).progressive,
  markdown: async () => (await import('./markdown.ts')).markdown,
  decontamination: async () => (await import('./decontamination.ts')).decontamination,
};

export interface BenchRequest {
  names: readonly string[];
  seeds?: readonly number[];
}

/** Measures what is named, prints a table as it goes and writes the figures as JSON; the file's path comes back. */
export async function runBenches(
  { names, ...asked }: BenchRequest,
  { home }: Pick<Environment, 'home'>,
): Promise<{ file: string; ok: boolean }> {
  const figures: Figure[] = [];
  const begin = join(home, 'bench', new Date().toISOString().replaceAll(':', '-'));
  mkdirSync(join(home, 'bench'), { recursive: true });
  const keep = (name: string, result: unknown): string => {
    const file = `${begin}${name === '' ? '' : `.${name}`}.json`;
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    return file;
  };
  for (const name of names) {
    const load = BENCHES[name];
    if (!load) throw new Error(`there is no bench "${name}": ${Object.keys(BENCHES).join(', ')}`);
    const measure = await load();
    for (const figure of await measure({ ...asked, keep })) {
      figures.push(figure);
      process.stdout.write(`${line(figure)}\n`);
    }
  }
  return { file: keep('', figures), ok: figures.every(({ ok }) => ok) };
}

function line({ figure, value, unit, bound, ok, detail }: Figure): string {
  const numbers = Object.entries(detail).map(([key, number]) => `${key} ${rounded(number)}`);
  const more = numbers.length > 0 ? `  (${numbers.join(', ')})` : '';
  return `${ok ? 'ok  ' : 'MISS'} ${figure}: ${rounded(value)} ${unit}, ${bound}${more}`;
}

const rounded = (number: number): string => (Number.isInteger(number) ? String(number) : number.toPrecision(3));
