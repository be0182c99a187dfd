import { createRandom, deriveSeed, type Random } from '../random.ts';
import { configurationLine, experimentName, MAX_EXPERIMENTS, MAX_VALUES, type Experiment } from './page.ts';

/** One copy drill: words, and for each whether it is trained. */
export interface Drill {
  words: string[];
  trained: boolean[];
}

const WARMUP_SHARE = 0.4;
const LINES = { min: 2, max: 10 };

/**
 * Drill number `index` of a seed: 2 to 10 lines of a page, then the same lines in another order, each plain or as
 * `echo line >>`. Trained is what can be known: all of the second half but the name that opens a line and the leading `echo`.
 */
export function drill(seed: number, index: number): Drill {
  const random = createRandom(deriveSeed('drill', seed, index));
  const experiments = page(random);
  const first = experiments.flatMap((experiment) => [...lineWords(experiment), '.']);
  const made: Drill = { words: first, trained: first.map(() => false) };
  for (const experiment of random.shuffle(experiments)) copy(made, experiment, random.chance(0.5));
  return made;
}

const lineWords = (experiment: Experiment): string[] => configurationLine(experiment).split(' ');

function copy({ words, trained }: Drill, experiment: Experiment, isEcho: boolean): void {
  const [name = '', ...settings] = lineWords(experiment);
  const opening = isEcho ? ['echo', name] : [name];
  words.push(...opening, ...settings, isEcho ? '>>' : '.');
  trained.push(...opening.map(() => false), ...settings.map(() => true), true);
}

/** Experiments whose names are the first ones or any, in the page's order, and whose values are all different. */
function page(random: Random): Experiment[] {
  const count = LINES.min + random.below(LINES.max - LINES.min + 1);
  const all = Array.from({ length: MAX_EXPERIMENTS }, (_, number) => number + 1);
  const numbers = random.chance(0.5) ? all : random.shuffle(all);
  const chosen = numbers.slice(0, count).sort((a, b) => a - b);
  const values = random.shuffle(Array.from({ length: MAX_VALUES }, (_, value) => value));
  const draw = (): number => values.pop() as number;
  return chosen.map((number) => ({
    name: experimentName(number),
    lr: draw(),
    depth: draw(),
    ...(random.chance(WARMUP_SHARE) ? { warmup: draw() } : {}),
  }));
}
