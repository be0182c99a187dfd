import { factoryKeys } from '../../core/factory/keys.ts';
import { mergePapers } from '../../core/factory/merge.ts';
import type { CollectedPapers, FoundPaper } from '../../core/factory/paper.ts';
import type { SourceQuery } from '../../core/factory/query.ts';
import type { AskingSettings } from '../../core/factory/settings.ts';
import type { Store } from '../store.ts';
import { arxivSource } from './arxiv.ts';
import { createAsk, type Ask } from './asking.ts';
import { localSource } from './local.ts';
import { openReviewSource } from './openreview.ts';
import { semanticScholarSource } from './semantic-scholar.ts';
import type { SourceServers } from './servers.ts';

export interface CollectDependencies {
  store: Store;
  servers: SourceServers;
  /** Where relative folders of local papers begin. */
  root: string;
}

export interface CollectInput {
  run: string;
  settings: { sources: readonly SourceQuery[]; asking: AskingSettings };
  signal?: AbortSignal | undefined;
  progress?(now: unknown): void;
}

/** Asks every source of a run, one after the other, and writes each paper's record and the list of all, once. */
export async function collect(deps: CollectDependencies, input: CollectInput): Promise<CollectedPapers> {
  const { run, settings, signal, progress } = input;
  const asking = createAsk({ store: deps.store, settings: settings.asking });
  const ask: Ask = (question) => asking({ ...question, signal });
  const found: FoundPaper[] = [];
  const bySource: Record<string, number> = {};
  for (const query of settings.sources) {
    for await (const paper of find(deps, query, { ask, found: [...found] })) {
      signal?.throwIfAborted();
      found.push(paper);
      bySource[query.source] = (bySource[query.source] ?? 0) + 1;
      progress?.({ source: query.source, papers: found.length });
    }
  }
  const records = mergePapers(found);
  for (const record of records) {
    await deps.store.writeJson(factoryKeys.record({ run, paper: record.id }), record);
    progress?.({ written: record.id });
  }
  const list = await deps.store.writeJson(
    factoryKeys.list(run),
    records.map(({ id }) => id),
  );
  return { list, count: records.length, duplicates: found.length - records.length, bySource };
}

function find(
  { servers, root }: CollectDependencies,
  query: SourceQuery,
  context: { ask: Ask; found: readonly FoundPaper[] },
): AsyncIterable<FoundPaper> {
  const { pace } = servers;
  switch (query.source) {
    case 'local':
      return localSource(root).find(query, context);
    case 'arxiv':
      return arxivSource(servers.arxiv, pace).find(query, context);
    case 'openreview':
      return openReviewSource(servers.openReview, pace).find(query, context);
    case 'semantic-scholar':
      return semanticScholarSource({ ...servers.semanticScholar, ...(pace === undefined ? {} : { pace }) }).find(
        query,
        context,
      );
  }
}
