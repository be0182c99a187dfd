import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { Drop } from '../../core/factory/drop.ts';
import { addPaper, factoryBoard, type FactoryBoard } from '../../core/factory/board.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import { dropByFilters } from '../../core/factory/filters.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Store } from '../store.ts';
import { readPaperRecord } from './material.ts';
import { readOutcome, recordDrop, summaryOf } from './outcomes.ts';

/** How many papers one execution of the factory begins; its events stay far below Temporal's limit. */
const PAGE = 500;

export interface PlanPapersInput {
  run: string;
}

export interface PlannedPapers {
  /** What has come of the papers so far. */
  counts: Pick<FactoryBoard, 'papers' | 'cost'>;
  pending: string[];
  /** Whether there are more than one execution can begin. */
  more: boolean;
}

/**
 * Which papers are still to be made: those without an outcome. What the metadata alone decide is decided here, so that a paper
 * nobody wants costs no workflow.
 */
export async function planPapers(
  { store }: { store: Store },
  { run }: PlanPapersInput,
  settings: FactorySettings,
): Promise<PlannedPapers> {
  const papers = await readList(store, run);
  const board = factoryBoard(null);
  board.papers.found = papers.length;
  const pending: string[] = [];
  for (const [index, paper] of papers.entries()) {
    const place = { run, paper };
    const before = await readOutcome(store, place);
    const summary = before ? summaryOf(before) : await dropByMetadata(store, place, settings);
    if (summary) addPaper(board, summary);
    else pending.push(paper);
    if (index % 100 === 0) Context.current().heartbeat({ looked: index, of: papers.length });
  }
  const { papers: counts, cost } = board;
  return { counts: { papers: counts, cost }, pending: pending.slice(0, PAGE), more: pending.length > PAGE };
}

async function dropByMetadata(store: Store, place: PaperPlace, { filters }: FactorySettings) {
  const drop: Drop | null = dropByFilters(filters, place.paper, { fields: await readPaperRecord(store, place) });
  return drop && recordDrop(store, place, drop);
}

/**
 * Forgets the outcomes of papers that failed or were cancelled, so that they are made again; what was made or dropped stands. A
 * factory that ended while it was paused holds nobody any longer.
 */
export async function takeUpAgain(store: Store, run: string): Promise<void> {
  await store.remove(taskKeys.held(run));
  for (const [index, paper] of (await readList(store, run)).entries()) {
    const outcome = await readOutcome(store, { run, paper });
    if (outcome?.outcome === 'failed' || outcome?.outcome === 'cancelled')
      await store.remove(taskKeys.outcome({ run, paper }));
    if (index % 100 === 0) Context.current().heartbeat({ looked: index });
  }
}

const readList = async (store: Store, run: string): Promise<string[]> =>
  z.array(z.string()).parse(await store.readJson(factoryKeys.list(run)));
