import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDecontaminate } from '../../../activities/papers/decontaminate.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { decontaminationSettings, type Decontamination } from '../../../core/factory/decontamination.ts';
import { factoryKeys } from '../../../core/factory/keys.ts';
import type { PaperFields } from '../../../core/factory/paper.ts';
import { keepMarkdown, recordPaper } from '../../support/papers.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
let [store, root]: [Store, string] = [createFolderStore(''), ''];

beforeEach(() => {
  [store, root] = [createFolderStore(folder()), folder()];
});

const TEXT = Array.from({ length: 800 }, (_, index) => `word${(index * 31) % 613}`).join(' ');

async function compared(
  fields: Partial<PaperFields> & { title: string },
  { text = 'Some text of this paper.', settings = {}, blacklist = [] as string[] } = {},
): Promise<Decontamination> {
  const place = await recordPaper(store, 'p', fields);
  await keepMarkdown(store, place, text);
  if (blacklist.length > 0) await store.writeJson(factoryKeys.code(place), { code: null, tried: [], blacklist });
  const decontaminate = createDecontaminate({ store, root });
  const result = await decontaminate({ place, settings: { decontamination: decontaminationSettings.parse(settings) } });
  expect(await store.readJson(factoryKeys.decontamination(place))).toEqual(result);
  return result;
}

describe("PaperBench's papers are kept out without being asked for", () => {
  test('by title, id or code', async () => {
    expect(await compared({ title: 'SAPG: Split and Aggregate Policy Gradients' })).toMatchObject({
      contaminated: true,
      protected: 23,
      texts: 0,
    });
    expect(await compared({ title: 'Another one', arxivId: '2402.17135' })).toMatchObject({
      contaminated: true,
      matches: [{ kind: 'arxiv-id', with: 'paperbench/fre' }],
    });
    expect(
      await compared({ title: 'Another one' }, { blacklist: ['https://github.com/mackelab/simformer'] }),
    ).toMatchObject({
      matches: [{ kind: 'code', with: 'paperbench/all-in-one' }],
    });
  });

  test('and everything else is let through', async () => {
    expect(await compared({ title: 'Why Architecture Choice Matters in Symbolic Regression' })).toMatchObject({
      contaminated: false,
      matches: [],
    });
  });
});

describe('more papers are kept out by recipe', () => {
  const settings = { paperBench: false, papers: [{ id: 'eval-1', title: 'Their paper', text: 'their.md' }] };

  test('by their text, of which a copy with every fifth word changed is one', async () => {
    writeFileSync(join(root, 'their.md'), TEXT);
    const edited = TEXT.split(' ').map((word, index) => (index % 5 === 0 ? 'changed' : word));
    const result = await compared({ title: 'Ours' }, { text: edited.join(' '), settings });
    expect(result).toMatchObject({
      contaminated: true,
      protected: 1,
      texts: 1,
      matches: [{ kind: 'text', with: 'eval-1', threshold: 0.15 }],
    });
  });

  test('unless their text has nothing in common, and how near it came is in the record', async () => {
    writeFileSync(join(root, 'their.md'), TEXT);
    const half = [...TEXT.split(' ').slice(0, 40), ...Array.from({ length: 700 }, (_, index) => `other${index}`)].join(
      ' ',
    );
    const result = await compared({ title: 'Ours' }, { text: half, settings });
    expect(result.contaminated).toBe(false);
    expect(result.nearest.map(({ kind }) => kind)).toContain('text');
  });

  test('and a text that is not there is said, not passed over', async () => {
    await expect(compared({ title: 'Ours' }, { settings })).rejects.toThrow(
      'the text of the evaluation paper eval-1 cannot be read',
    );
  });
});
