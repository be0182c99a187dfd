import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collect } from '../../../activities/sources/collect.ts';
import type { SourceServers } from '../../../activities/sources/servers.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { factoryKeys } from '../../../core/factory/keys.ts';
import { paperRecord, type CollectedPapers, type PaperRecord } from '../../../core/factory/paper.ts';
import { sourceQuery } from '../../../core/factory/query.ts';
import { askingSettings } from '../../../core/factory/settings.ts';
import { recordedServers } from '../../support/answers.ts';
import { REAL_PAPERS } from '../../support/real-papers.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
const answering = recordedServers();
const arxivFeed = readFileSync(join(__dirname, '../../fixtures/sources/arxiv.xml'));
const EMPTY = '<feed xmlns="http://www.w3.org/2005/Atom"></feed>';

const nowhere = 'http://127.0.0.1:1';
const servers = (more: Partial<SourceServers>): SourceServers => ({
  arxiv: nowhere,
  openReview: { current: nowhere, earlier: nowhere, site: 'https://openreview.net' },
  semanticScholar: { server: nowhere },
  pace: 0,
  ...more,
});

async function gather(
  sources: object[],
  where: SourceServers = servers({}),
  { root = folder(), store = createFolderStore(folder()) }: { root?: string; store?: Store } = {},
): Promise<{ collected: CollectedPapers; papers: PaperRecord[] }> {
  const settings = { sources: sources.map((query) => sourceQuery.parse(query)), asking: askingSettings.parse({}) };
  const collected = await collect({ store, servers: where, root }, { run: 'r', settings });
  const ids = (await store.readJson(store.keyOf(collected.list))) as string[];
  const records = await Promise.all(ids.map((paper) => store.readJson(factoryKeys.record({ run: 'r', paper }))));
  return { collected, papers: records.map((record) => paperRecord.parse(record)) };
}

describe('arXiv', () => {
  test('tells title, authors, year, ids, place of the PDF and code, and its records say what it did not have', async () => {
    const arxiv = await answering(({ url }) => ({ body: url.includes('start=0') ? arxivFeed : EMPTY }));
    const { papers } = await gather([{ source: 'arxiv', query: 'cat:cs.LG' }], servers({ arxiv: arxiv.url }));
    expect(papers[0]).toMatchObject({
      title: 'Why Architecture Choice Matters in Symbolic Regression',
      authors: ['Chakshu Gupta'],
      abstract: 'Symbolic regression discovers formulas & laws. Code at https://github.com/ChakshuGupta13/lab.',
      year: 2026,
      arxivId: '2604.23256',
      doi: '10.1000/xyz.7',
      pdf: 'https://export.arxiv.org/pdf/2604.23256v2',
      code: ['https://github.com/ChakshuGupta13/lab'],
      citations: null,
      licence: null,
    });
    expect(papers[0]?.sightings[0]).toMatchObject({ source: 'arxiv', name: '2604.23256' });
    expect(papers[0]?.sightings[0]?.missing).toEqual(expect.arrayContaining(['citations', 'licence', 'venue']));
    expect(papers[1]).toMatchObject({ arxivId: 'cs/0112017', venue: 'Proceedings of ACL 2001', abstract: null });
  });

  test('is asked page by page, and by ids in one go', async () => {
    const arxiv = await answering(() => ({ body: arxivFeed }));
    const where = servers({ arxiv: arxiv.url });
    const { papers } = await gather([{ source: 'arxiv', query: 'cat:cs.LG', limit: 1 }], where);
    expect(papers).toHaveLength(1);
    await gather([{ source: 'arxiv', ids: ['arXiv:2604.23256v1', 'cs/0112017'] }], where);
    expect(arxiv.asked.map(({ url }) => new URL(url, nowhere).searchParams.get('id_list'))).toEqual([
      null,
      '2604.23256,cs/0112017',
    ]);
    expect(arxiv.asked[0]?.url).toContain('max_results=1&');
  });
});

describe('OpenReview', () => {
  const note = (id: string, title: string) => ({
    id,
    forum: id,
    license: 'CC BY 4.0',
    content: {
      title: { value: title },
      authors: { value: ['A', 'B'] },
      abstract: { value: 'We release https://github.com/a/b .' },
      venue: { value: 'ICLR 2024 poster' },
      pdf: { value: `/pdf/${id}.pdf` },
    },
  });

  test('tells the papers that a venue took in a year', async () => {
    const server = await answering(() => ({ body: JSON.stringify({ notes: [note('xYz', 'A paper of 2024')] }) }));
    const openReview = { current: server.url, earlier: nowhere, site: 'https://openreview.net' };
    const { papers } = await gather([{ source: 'openreview', venue: 'ICLR.cc', year: 2024 }], servers({ openReview }));
    expect(new URL(server.asked[0]?.url ?? '', nowhere).searchParams.get('content.venueid')).toBe(
      'ICLR.cc/2024/Conference',
    );
    expect(papers[0]).toMatchObject({
      title: 'A paper of 2024',
      openReviewId: 'xYz',
      venue: 'ICLR 2024 poster',
      year: 2024,
      licence: 'CC BY 4.0',
      pdf: 'https://openreview.net/pdf/xYz.pdf',
      code: ['https://github.com/a/b'],
    });
  });

  test('is asked by its earlier API for venues that the current one does not know', async () => {
    const current = await answering(() => ({ body: JSON.stringify({ notes: [] }) }));
    const plain = { id: 'old', content: { title: 'A paper of 2021', authors: ['C'], pdf: '/pdf/old.pdf' } };
    const earlier = await answering(() => ({ body: JSON.stringify({ notes: [plain] }) }));
    const openReview = { current: current.url, earlier: earlier.url, site: 'https://openreview.net' };
    const { papers } = await gather([{ source: 'openreview', venue: 'ICLR.cc', year: 2021 }], servers({ openReview }));
    expect(papers[0]).toMatchObject({ title: 'A paper of 2021', licence: null, authors: ['C'] });
  });
});

const scholarPaper = (id: string, title: string, more: object = {}) => ({
  paperId: id,
  title,
  year: 2025,
  citationCount: 3,
  ...more,
});

describe('Semantic Scholar', () => {
  test('tells what cites a paper, page by page', async () => {
    const server = await answering(({ url }) => ({
      body: JSON.stringify(
        url.includes('offset=0')
          ? {
              next: 500,
              data: [
                { citingPaper: scholarPaper('s1', 'The first citing paper') },
                { citingPaper: { paperId: null, title: 'unknown' } },
              ],
            }
          : { data: [{ citingPaper: scholarPaper('s2', 'The second citing paper') }] },
      ),
    }));
    const where = servers({ semanticScholar: { server: server.url, key: 'secret' } });
    const { papers } = await gather([{ source: 'semantic-scholar', citationsOf: 'ARXIV:1706.03762' }], where);
    expect(papers.map(({ title }) => title)).toEqual(['The first citing paper', 'The second citing paper']);
    expect(server.asked[0]?.url).toMatch(/^\/graph\/v1\/paper\/ARXIV%3A1706\.03762\/citations\?/);
    expect(server.asked[0]?.headers['x-api-key']).toBe('secret');
  });

  test('a key that it refuses is told by its variable, and is neither in the failure nor in the store', async () => {
    const refused = { now: true };
    const server = await answering(() =>
      refused.now ? { status: 403 } : { body: JSON.stringify([scholarPaper('a', 'A paper of three words')]) },
    );
    const where = servers({ semanticScholar: { server: server.url, key: 's2-canary' } });
    const [root, kept] = [folder(), folder()];
    const sources = [{ source: 'semantic-scholar', ids: ['a'] }];
    const failure = await gather(sources, where, { root, store: createFolderStore(kept) }).catch(String);
    expect(failure).toMatch(/answered 403: it refuses the key in SEMANTIC_SCHOLAR_API_KEY$/);
    expect(failure).not.toContain('canary');
    refused.now = false;
    const { papers } = await gather(sources, where, { root, store: createFolderStore(kept) });
    expect(papers).toHaveLength(1);
    const files = readdirSync(kept, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    expect(texts.filter((text) => text.includes('canary'))).toEqual([]);
  });
});

describe('Semantic Scholar, asked about papers of others,', () => {
  test('fills in what others did not have, and the paper is still one', async () => {
    const arxiv = await answering(({ url }) => ({ body: url.includes('start=0') ? arxivFeed : EMPTY }));
    const ids = { ArXiv: '2604.23256', DOI: '10.1000/XYZ.7' };
    const body = [
      scholarPaper('s1', 'Renamed there', { externalIds: ids, venue: 'ICML', openAccessPdf: { license: 'CCBY' } }),
      null,
    ];
    const scholar = await answering(() => ({ body: JSON.stringify(body) }));
    const where = servers({ arxiv: arxiv.url, semanticScholar: { server: scholar.url } });
    const { papers, collected } = await gather(
      [
        { source: 'arxiv', query: 'cat:cs.LG' },
        { source: 'semantic-scholar', about: 'found' },
      ],
      where,
    );
    expect(JSON.parse(scholar.asked[0]?.body ?? '')).toEqual({ ids: ['ARXIV:2604.23256', 'ARXIV:cs/0112017'] });
    expect(collected).toMatchObject({ count: 2, duplicates: 1, bySource: { arxiv: 2, 'semantic-scholar': 1 } });
    expect(papers[0]).toMatchObject({
      title: 'Why Architecture Choice Matters in Symbolic Regression',
      citations: 3,
      licence: 'CCBY',
      venue: 'ICML',
    });
    expect(papers[0]?.origins).toMatchObject({
      title: 'arxiv',
      citations: 'semantic-scholar',
      licence: 'semantic-scholar',
    });
  });
});

describe('a folder', () => {
  test('of real papers tells one paper a folder, by PDF or Markdown', async () => {
    const { papers } = await gather([{ source: 'local', folder: REAL_PAPERS }]);
    expect(papers.map(({ id }) => id)).toEqual([
      'autorank-2020',
      'eml-architecture-2026',
      'faster-teaching-2020',
      'othello-selfplay-2017',
    ]);
    expect(papers[0]).toMatchObject({
      title: 'Autorank: A Python package for automated ranking of classifiers',
      authors: ['Steffen Herbold'],
      pdf: null,
    });
    expect(papers[1]?.sightings[0]?.missing).toContain('title');
    expect(papers[1]?.pdf).toBe(join(REAL_PAPERS, 'eml-architecture-2026', 'paper.pdf'));
  });

  test('tells what stands in its metadata, and refuses what it does not understand there', async () => {
    const root = folder();
    mkdirSync(join(root, 'p/one'), { recursive: true });
    writeFileSync(join(root, 'p/one/paper.pdf'), '%PDF-1.7');
    writeFileSync(
      join(root, 'p/one/metadata.json'),
      JSON.stringify({ title: 'One paper of ours', year: 2020, code: ['https://github.com/a/b'] }),
    );
    const { papers } = await gather([{ source: 'local', folder: 'p' }], servers({}), { root });
    expect(papers).toMatchObject([
      { id: 'one', title: 'One paper of ours', year: 2020, code: ['https://github.com/a/b'] },
    ]);
    writeFileSync(join(root, 'p/one/metadata.json'), JSON.stringify({ year: 'last' }));
    await expect(gather([{ source: 'local', folder: 'p' }], servers({}), { root })).rejects.toThrow(
      /metadata\.json: year/,
    );
    await expect(gather([{ source: 'local', folder: 'none' }], servers({}), { root })).rejects.toThrow(
      'there is no folder none',
    );
  });
});
