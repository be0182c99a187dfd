import { z } from 'zod';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { Store } from '../store.ts';

const kept = z.looseObject({
  code: z.looseObject({ address: z.string(), commit: z.string(), folder: z.string() }).nullable(),
  blacklist: z.array(z.string()),
});

/** The official code of a paper, as far as its task is made of it. */
export interface FoundCode {
  /** Store key of its files; null where there is none. */
  folder: string | null;
  address: string | null;
  commit: string | null;
  /** The lines of `blacklist.txt`. */
  blacklist: string[];
}

export async function readCode(store: Store, place: PaperPlace): Promise<FoundCode> {
  const { code, blacklist } = kept.parse(await store.readJson(factoryKeys.code(place)));
  return {
    folder: code?.folder ?? null,
    address: code?.address ?? null,
    commit: code?.commit ?? null,
    blacklist,
  };
}
