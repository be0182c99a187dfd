import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { contaminationsOf, type ProtectedWithText } from '../../core/factory/contaminations.ts';
import { conversion } from '../../core/factory/conversion.ts';
import {
  decontamination,
  type Decontamination,
  type DecontaminationSettings,
} from '../../core/factory/decontamination.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import { withoutAddresses } from '../../core/factory/links.ts';
import { createSigner } from '../../core/factory/minhash.ts';
import { paperRecord, type PaperPlace } from '../../core/factory/paper.ts';
import { PAPERBENCH } from '../../core/factory/paperbench.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';

export interface DecontaminateInput {
  place: PaperPlace;
  settings: { decontamination: DecontaminationSettings };
}

/** Compares papers with those that something is measured on. Their texts are read and signed once per process. */
export function createDecontaminate({ store, root }: { store: Store; root: string }) {
  const sign = createSigner();
  const known = new Map<string, Promise<ProtectedWithText[]>>();

  function protect(settings: DecontaminationSettings): Promise<ProtectedWithText[]> {
    const name = hashOf(settings);
    const before = known.get(name);
    if (before) return before;
    const read = readProtected(settings, { sign, root });
    known.set(name, read);
    read.catch(() => known.delete(name));
    return read;
  }

  return async ({ place, settings: { decontamination: settings } }: DecontaminateInput): Promise<Decontamination> => {
    const record = paperRecord.parse(await store.readJson(factoryKeys.record(place)));
    const converted = conversion.parse(await store.readJson(factoryKeys.converted(place)));
    const markdown = (await store.read(store.keyOf(converted.markdown))).toString('utf8');
    const theirs = await protect(settings);
    const ours = {
      fields: record,
      code: await codeOf(store, place, record.code),
      signature: sign(withoutAddresses(markdown)),
    };
    const { matches, nearest } = contaminationsOf(ours, theirs, settings);
    const done = decontamination.parse({
      contaminated: matches.length > 0,
      matches,
      nearest,
      settings: hashOf([settings, theirs.map(({ paper }) => paper)]),
      protected: theirs.length,
      texts: theirs.filter(({ signature }) => signature !== null).length,
    });
    await store.writeJson(factoryKeys.decontamination(place), done);
    return done;
  };
}

async function readProtected(
  settings: DecontaminationSettings,
  { sign, root }: { sign: ReturnType<typeof createSigner>; root: string },
): Promise<ProtectedWithText[]> {
  const papers = [...(settings.paperBench ? PAPERBENCH : []), ...settings.papers];
  return Promise.all(
    papers.map(async (paper) => {
      if (paper.text === undefined) return { paper, signature: null };
      const path = resolve(root, paper.text);
      const text = await readFile(path, 'utf8').catch((error: Error) => {
        throw invalidInput(`the text of the evaluation paper ${paper.id} cannot be read: ${error.message}`);
      });
      return { paper, signature: sign(withoutAddresses(text)) };
    }),
  );
}

const fetched = z.looseObject({
  code: z.looseObject({ address: z.string() }).nullable(),
  blacklist: z.array(z.string()),
});

/** All addresses of a paper's code, whether it was fetched or only named. */
async function codeOf(store: Store, place: PaperPlace, named: readonly string[]): Promise<string[]> {
  const before = await store.readJson(factoryKeys.code(place));
  const found = before === undefined ? null : fetched.parse(before);
  return [...new Set([...named, ...(found?.code ? [found.code.address] : []), ...(found?.blacklist ?? [])])];
}

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
