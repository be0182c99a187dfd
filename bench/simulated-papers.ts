import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FactoryModel } from '../activities/factory/ask.ts';
import type { PaperTools } from '../activities/factory/paper-tools.ts';
import { hashOf, type Question } from '../activities/factory/question.ts';
import type { Store } from '../activities/store.ts';
import { decontamination } from '../core/factory/decontamination.ts';
import { factoryKeys } from '../core/factory/keys.ts';
import { taskKeys } from '../core/factory/task-keys.ts';
import { untold } from '../core/factory/paper.ts';
import type { Proposed } from '../core/rubric-builder/draft.ts';

/** A call that was begun, which is when a provider begins to charge for it. */
export interface PaidCall {
  hash: string;
  /** Whether its answer was in the store already. */
  written: boolean;
}

const TOPICS = 'encoders decoders optimisers samplers tokenisers schedulers regularisers ensembles'.split(' ');
const sentenceOf = (topic: string, index: number): string =>
  `The ${topic} are built of ${index + 3} blocks and trained for ${10 * (index + 1)} epochs on corpus C${index}.`;

/** Papers that are only their text: what is left of the factory is its orchestration. */
export function simulatedPapers(store: Store, count: number): PaperTools {
  const ids = Array.from({ length: count }, (_, index) => `paper-${index}`);
  return {
    async collect({ run }) {
      const from = { source: 'local' as const, from: 'nowhere', retrievedAt: null, missing: [] };
      for (const id of ids) {
        const record = { ...untold(`On ${id}`), id, sightings: [{ ...from, name: id }], origins: {} };
        await store.writeJson(factoryKeys.record({ run, paper: id }), record);
      }
      const list = await store.writeJson(factoryKeys.list(run), ids);
      return { list, count, duplicates: 0, bySource: { local: count } };
    },
    async convert({ place }) {
      const folder = factoryKeys.conversion(place.paper);
      const text = `# On ${place.paper}\n\n${TOPICS.map(sentenceOf).join(' ')}\n\nTable 1: Accuracy of all variants\n`;
      const markdown = await store.write(`${folder}/paper.md`, text);
      const counted = { tables: 1, plainTables: 0, figures: 0, equations: 0 };
      const quality = { unreadable: 0, emptyPages: 0, singleLetters: 0, missingSections: [], ...counted };
      const sizes = { pdf: null, assets: 0, assetBytes: 0, pages: 1, words: 600, language: 'en' };
      const conversion = { converter: 'simulated', folder, markdown, ...sizes, quality, notes: [] };
      await store.writeJson(factoryKeys.converted(place), conversion);
      return { ok: true, conversion };
    },
    async fetchCode({ place }) {
      const none = { code: null, tried: [], blacklist: [] };
      await store.writeJson(factoryKeys.code(place), none);
      return none;
    },
    async decontaminate({ place }) {
      const compared = { matches: [], nearest: [], settings: 'none', protected: 0, texts: 0 };
      const clean = decontamination.parse({ contaminated: false, ...compared });
      await store.writeJson(factoryKeys.decontamination(place), clean);
      return clean;
    },
  };
}

/** A model that takes its time, and notes each call in a file as a provider would on its bill. */
export function simulatedModel(
  store: Store,
  { callSeconds, bill }: { callSeconds: number; bill: string },
): FactoryModel {
  const identity = { provider: 'simulated' };
  return {
    identity,
    async ask(question, signal) {
      const hash = hashOf(question, identity);
      const paid: PaidCall = { hash, written: await store.exists(taskKeys.answer(hash)) };
      appendFileSync(bill, `${JSON.stringify(paid)}\n`);
      await sleep(callSeconds * 1000, undefined, { signal });
      const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0.01 };
      return { value: answerTo(question), usage };
    },
  };
}

/** Contributions, one level below them, weights, addendum and review: five calls. */
function answerTo({ shape, question }: Question): unknown {
  switch (shape.name) {
    case 'contributions':
      return { task: 'The paper is reproduced', children: ['methods', 'results'].map(open), leftOut: [] };
    case 'expand':
      return { nodes: ['1', '2'].map((path, half) => ({ path, children: leavesOf(half) })) };
    case 'weights':
      return { weights: (question.match(/^ *\d[\d.]*/gm) ?? []).map((path) => ({ path: path.trim(), weight: 2 })) };
    case 'addendum':
      return { notes: [] };
    case 'review':
      return { verdict: 'accept', objections: [] };
    default:
      throw new Error(`nobody asks for ${shape.name} here`);
  }
}

const open = (what: string): Proposed => ({
  requirements: `The ${what} of the paper are reproduced`,
  category: null,
  finegrained: null,
  evidence: [],
});

function leavesOf(half: number): Proposed[] {
  const shown = {
    ...leaf('Table 1: Accuracy of all variants'),
    requirements: 'Table 1 is reproduced by the submission',
  };
  const own = TOPICS.map(sentenceOf).filter((_, index) => index % 2 === half);
  return [...own.map(leaf), ...(half === 1 ? [shown] : [])];
}

const leaf = (sentence: string): Proposed => ({
  requirements: sentence,
  category: 'Code Development',
  finegrained: 'Method Implementation',
  evidence: [{ source: 'paper', quote: sentence }],
});
