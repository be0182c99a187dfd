import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import { keys } from '../../core/names.ts';
import type { Store } from '../store.ts';

/** How long an attempt has held its rollout's sandbox. */
export interface Holding {
  /** Seconds of this attempt and of all others. */
  total(): Promise<number>;
  /** Keeps what it is now, for the attempts that follow. */
  note(): Promise<void>;
  stop(): void;
}

/** Measures how long this attempt holds the sandbox; what it has noted every `noteMs` is all that counts of one that dies. */
export function holding(store: Store, rollout: string, { epoch, noteMs }: { epoch: number; noteMs: number }): Holding {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const { log } = Context.current();

  /** No reason to fail: there is less on the bill. */
  async function note(): Promise<void> {
    try {
      await mkdir(store.path(keys.held(rollout)), { recursive: true });
      await appendFile(store.path(`${keys.held(rollout)}/${epoch}`), `${seconds().toFixed(3)}\n`);
    } catch (error) {
      log.warn('how long the sandbox was held could not be noted', { rollout, error: String(error) });
    }
  }

  const timer = setInterval(() => void note(), noteMs);
  return {
    note,
    total: async () => seconds() + (await heldSeconds(store, rollout, epoch)),
    stop: () => clearInterval(timer),
  };
}

/** What attempts have noted of how long they held a rollout's sandbox; without the one of this epoch, which knows better. */
export async function heldSeconds(store: Store, rollout: string, except?: number): Promise<number> {
  const others = (await store.list(keys.held(rollout))).filter((epoch) => Number(epoch) !== except);
  const texts = await Promise.all(
    others.map((epoch) => readFile(store.path(`${keys.held(rollout)}/${epoch}`), 'utf8')),
  );
  return texts.reduce((sum, text) => sum + lastNote(text), 0);
}

/** The last line that was written whole: a crash may have cut the one behind it short. */
const lastNote = (text: string): number => Number(text.split('\n').at(-2) ?? 0);
