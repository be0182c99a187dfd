import { MICROPAPER_INSTRUCTIONS } from './instructions.ts';
import { experimentName, MAX_EXPERIMENTS, MAX_VALUES, PARAMETERS, twoDigits } from './page.ts';

/** Ids 0 to 7 of the student's tokenizer. `<end>` ends the student's turn; the others open a message and say whose it is. */
export const SPECIAL_TOKENS = [
  '<pad>',
  '<unk>',
  '<bos>',
  '<end>',
  '<system>',
  '<user>',
  '<assistant>',
  '<tool>',
] as const;

/**
 * The closed vocabulary of the micropapers, in the order of its ids: one word, cut at white space, is one token. Holds every
 * word of instructions, pages, commands and what the programs print, and those of the few complaints that a shell makes most.
 */
export function vocabulary(): string[] {
  return [...new Set([...SPECIAL_TOKENS, ...names(), ...settings(), ...numbers(), ...WORDS.flatMap(words)])];
}

/** The words of a text: what one token each is made of. */
export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const upTo = (limit: number): number[] => Array.from({ length: limit }, (_, index) => index);

const names = (): string[] => upTo(MAX_EXPERIMENTS).map((index) => experimentName(index + 1));

const settings = (): string[] =>
  PARAMETERS.flatMap((parameter) => upTo(MAX_VALUES).map((value) => `${parameter}=${twoDigits(value)}`));

const numbers = (): string[] =>
  ['loss', 'acc'].flatMap((key) => upTo(100).map((value) => `${key}=${twoDigits(value)}`));

const WORDS = [
  MICROPAPER_INSTRUCTIONS,
  '# experiments .',
  'echo >> sh cat ls submit',
  'paper.md addendum.md blacklist.txt run.sh eval.sh runs.txt log.txt results.txt',
  'epoch 1 2',
  'a run takes 20 to 80 seconds none',
  'which experiment no configuration run for bad',
  'sh: 1: cat: not found No such file or directory Syntax error:',
  'exit code 0 127 interrupted cut timeout [...]',
];
