import { createRandom, deriveSeed, type Random } from '../random.ts';
import type { ScriptedMistakes } from './mistakes.ts';
import { configurationLine, MAX_VALUES, parsePage, twoDigits, type Experiment } from './page.ts';

/** What the strategy looks at of what came back from a command. */
export interface Seen {
  output: string;
  /** The sandbox died under the call: nobody knows whether it had its effect. */
  interrupted: boolean;
}

/** Commands out, what they showed in; `submit` is the last one. */
export type Play = Generator<string, 'submit', Seen>;

export interface StrategySettings {
  mistakes: ScriptedMistakes;
  seed: number;
}

/**
 * The fixed way of reproducing a micropaper: read it, configure every experiment, then run, evaluate and report one after the
 * other. So a short timeout ends with the code, and what follows it is not in competition with it. It errs as often as the mistake rates say. Every slip is drawn on its own from the seed, the
 * experiment and the kind of slip, so the same observations always lead to the same commands, and one rate's change moves no
 * other slip.
 */
export function* playMicropaper({ mistakes, seed }: StrategySettings): Play {
  const draw = (...parts: (string | number)[]): Random => createRandom(deriveSeed(seed, ...parts));
  const factor = 1 + mistakes.spread * ((2 * draw('factor').below(1001)) / 1000 - 1);
  const slips = (mistake: Mistake, ...parts: (string | number)[]): boolean =>
    draw(mistake, ...parts).chance(mistakes[mistake] * factor);
  let turn = 0;
  function* wander(): Generator<string, void, Seen> {
    turn += 1;
    if (slips('wastedTurn', turn)) yield 'ls';
  }

  const page = parsePage((yield* insist('cat paper.md')).output);
  const configured = page.filter(({ name }) => !slips('codeSkipped', name));
  const run = configured.filter(({ name }) => !slips('runSkipped', name));
  for (const experiment of configured) {
    if (slips('givesUp', 'code', experiment.name)) return 'submit';
    yield* wander();
    yield* insist(`echo ${configurationLine(slipped(experiment, { slips, draw }))} >> runs.txt`);
  }
  for (const { name } of run) {
    if (slips('givesUp', 'run', name)) return 'submit';
    yield* wander();
    yield* insist(`sh run.sh ${name}`);
    yield* wander();
    const shown = accuracyIn((yield* insist(`sh eval.sh ${name}`)).output, name);
    if (shown === undefined || slips('reportSkipped', name)) continue;
    yield* wander();
    const told = slips('miscopied', name) ? another(shown, draw('number', name), 100) : shown;
    yield* insist(`echo ${name} acc=${twoDigits(told)} >> results.txt`);
  }
  return 'submit';
}

/** A command once more where it was interrupted, as a person at a terminal would; all of them may be repeated. */
function* insist(command: string): Generator<string, Seen, Seen> {
  const seen = yield command;
  return seen.interrupted ? yield command : seen;
}

type Mistake = Exclude<keyof ScriptedMistakes, 'spread'>;

interface Slips {
  slips: (mistake: Mistake, name: string) => boolean;
  draw: (...parts: string[]) => Random;
}

/** The experiment as it is typed: at most one value wrong, and warmup perhaps forgotten. */
function slipped(experiment: Experiment, { slips, draw }: Slips): Experiment {
  const typed = { ...experiment };
  if (slips('wrongValue', experiment.name)) {
    const random = draw('value', experiment.name);
    const parameter = random.pick(
      typed.warmup === undefined ? (['lr', 'depth'] as const) : (['lr', 'depth', 'warmup'] as const),
    );
    typed[parameter] = another(typed[parameter] ?? 0, random, MAX_VALUES);
  }
  if (slips('warmupForgotten', experiment.name)) delete typed.warmup;
  return typed;
}

const another = (value: number, random: Random, limit: number): number => (value + 1 + random.below(limit - 1)) % limit;

function accuracyIn(output: string, name: string): number | undefined {
  const match = new RegExp(`\\b${name} acc=(\\d\\d)\\b`).exec(output);
  return match ? Number(match[1]) : undefined;
}
