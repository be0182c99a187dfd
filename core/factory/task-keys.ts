import { factoryKeys } from './keys.ts';
import type { PaperPlace } from './paper.ts';

/** Store keys of what the rubric builder makes of a paper. */
export const taskKeys = {
  /** What the sources found, once: the run's papers do not change from then on. */
  collected: (run: string): string => `runs/${run}/collected.json`,
  /** The names of the calls that were answered, in order; each points to an answer. */
  calls: (place: PaperPlace): string => `${factoryKeys.paper(place)}/calls`,
  /** There while no paper of the run may begin another call. */
  held: (run: string): string => `runs/${run}/factory-held.json`,
  /** The calls that were planned together last. */
  plan: (place: PaperPlace): string => `${factoryKeys.paper(place)}/plan.json`,
  /** An answer that was paid for, by the hash of its question: whoever asks the same again, in whatever run, finds it. */
  answer: (hash: string): string => `factory/calls/${hash.slice(0, 2)}/${hash}.json`,
  /** The task in the making, before its dry judging. */
  draft: (place: PaperPlace): string => `${factoryKeys.paper(place)}/task`,
  dryJudging: (place: PaperPlace): string => `${factoryKeys.paper(place)}/dry-judging.json`,
  outcome: (place: PaperPlace): string => `${factoryKeys.paper(place)}/outcome.json`,
  /** A person's look at a paper. */
  page: (place: PaperPlace): string => `${factoryKeys.paper(place)}/paper.html`,
  /** The finished tasks of a run, a folder each: what `train` takes. */
  made: (run: string): string => `runs/${run}/factory`,
  task: ({ run, paper }: PaperPlace): string => `runs/${run}/factory/${paper}`,
  /** Every version that a task's rubric has had. */
  rubrics: (place: PaperPlace): string => `${factoryKeys.paper(place)}/rubrics`,
  report: (run: string): string => `runs/${run}/factory.json`,
  reportPage: (run: string): string => `runs/${run}/factory.html`,
};
