import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { collect } from '../../../activities/sources/collect.ts';
import { publicServers } from '../../../activities/sources/servers.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { sourceQuery } from '../../../core/factory/query.ts';
import { askingSettings } from '../../../core/factory/settings.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const home = temporaryFolder();

/** `LONGHAUL_ASK_SOURCES=1 npx jest test/activities/sources/real` asks the real servers; otherwise none is asked. */
const QUERIES =
  process.env['LONGHAUL_ASK_SOURCES'] === '1'
    ? [
        { source: 'arxiv', ids: ['1706.03762'] },
        { source: 'semantic-scholar', about: 'found' },
        { source: 'openreview', venue: 'ICLR.cc', year: 2024, limit: 3 },
      ]
    : [];

test('the real servers are understood, where they are asked at all', async () => {
  const settings = { sources: QUERIES.map((query) => sourceQuery.parse(query)), asking: askingSettings.parse({}) };
  const deps = { store: createFolderStore(join(home, 'store')), servers: publicServers(), root: home };
  const { count, bySource } = await collect(deps, { run: 'real', settings });
  expect(count).toBe(QUERIES.length === 0 ? 0 : 4);
  expect(Object.keys(bySource).toSorted()).toEqual([...new Set(QUERIES.map(({ source }) => source))].toSorted());
});
