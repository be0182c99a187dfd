import { z } from 'zod';
import type { RubricNode } from './rubric/node.ts';
import { leaves } from './rubric/node.ts';

const pattern = z.string().refine(isPattern, 'must be a regular expression');

/** What a command's outcome must be; everything that is named must hold. White space at the ends never counts. */
export const expectation = z
  .strictObject({
    exitCode: z.number().int().optional().describe('the exit status'),
    equals: z.string().optional().describe('the whole output'),
    contains: z.string().optional().describe('a part of the output'),
    matches: pattern.optional().describe('a regular expression that some line matches'),
    lastLine: z
      .strictObject({ of: z.string().min(1), equals: z.string() })
      .optional()
      .describe('the last line that begins with these words, compared word by word'),
  })
  .refine((expect) => Object.values(expect).some((value) => value !== undefined), 'must expect something');
export type Expectation = z.infer<typeof expectation>;

/** How a leaf is graded: a command, run by `sh -c` in the submission's workspace, and what it must show. */
export const check = z.strictObject({
  command: z.string().min(1),
  expect: expectation,
  /** Measured seconds after which the command is killed, and the leaf is not reached. */
  timeoutSeconds: z.number().positive().max(86_400).optional(),
});
export type Check = z.infer<typeof check>;

/** `checks.json`: leaf id to check. */
export const checks = z.record(z.string(), check);
export type Checks = z.infer<typeof checks>;

/** What came of a check's command. `ended` is `exit` unless something cut it. */
export interface CheckOutput {
  output: string;
  exitCode: number | null;
  ended: 'exit' | 'timeout' | 'killed' | 'budget';
}

export interface LeafGrade {
  score: 0 | 1;
  checked: string;
  found: string;
}

/** A leaf without a check, or a check without a leaf, in words; empty when they fit. */
export function mismatches(rubric: RubricNode, given: Checks): string[] {
  const ids = new Set(leaves(rubric).map((leaf) => leaf.id));
  return [
    ...[...ids].filter((id) => !Object.hasOwn(given, id)).map((id) => `leaf ${id} has no check`),
    ...Object.keys(given)
      .filter((id) => !ids.has(id))
      .map((id) => `check ${id} belongs to no leaf`),
  ];
}

/** The commands of the given checks, each once, in the order in which they are first named, with the longest time asked for it. */
export function distinctCommands(given: readonly Check[]): { command: string; timeoutSeconds?: number }[] {
  const timeouts = new Map<string, number | undefined>();
  for (const { command, timeoutSeconds } of given) {
    const longest = Math.max(timeouts.get(command) ?? 0, timeoutSeconds ?? 0);
    timeouts.set(command, longest > 0 ? longest : undefined);
  }
  return [...timeouts].map(([command, timeoutSeconds]) => ({ command, ...(timeoutSeconds ? { timeoutSeconds } : {}) }));
}

/** Grades one leaf by what its command showed, and says what was checked and what was found. */
export function gradeLeaf({ command, expect }: Check, shown: CheckOutput): LeafGrade {
  const wanted = findings(expect, shown);
  const failed = wanted.filter((finding) => !finding.holds);
  const cut = shown.ended === 'exit' ? [] : [`the command was cut (${shown.ended})`];
  const found = [...cut, ...(failed.length > 0 ? failed : wanted).map((finding) => finding.found)];
  return {
    score: failed.length === 0 && cut.length === 0 ? 1 : 0,
    checked: `\`${command}\`: ${wanted.map((finding) => finding.wanted).join('; ')}`,
    found: found.join('; '),
  };
}

interface Finding {
  wanted: string;
  found: string;
  holds: boolean;
}

function findings(expect: Expectation, { output, exitCode }: CheckOutput): Finding[] {
  const whole = output.trim();
  const all: Finding[] = [];
  const add = (wanted: string, found: string, holds: boolean): number => all.push({ wanted, found, holds });
  if (expect.exitCode !== undefined) {
    add(`exit status ${expect.exitCode}`, `exit status ${exitCode ?? 'none'}`, exitCode === expect.exitCode);
  }
  if (expect.equals !== undefined) add(`output "${expect.equals.trim()}"`, show(whole), whole === expect.equals.trim());
  if (expect.contains !== undefined)
    add(`output with "${expect.contains}"`, show(whole), output.includes(expect.contains));
  if (expect.matches !== undefined) {
    add(`output that matches /${expect.matches}/`, show(whole), new RegExp(expect.matches, 'mu').test(output));
  }
  if (expect.lastLine !== undefined) {
    const { of, equals } = expect.lastLine;
    const line = lastLineOf(output, of);
    add(
      `last line for ${of} is "${equals}"`,
      line === undefined ? `no line for ${of}` : show(line),
      line === oneSpaced(equals),
    );
  }
  return all;
}

function lastLineOf(output: string, start: string): string | undefined {
  const prefix = oneSpaced(start);
  const lines = output.split('\n').map(oneSpaced);
  return lines.findLast((line) => line === prefix || line.startsWith(`${prefix} `));
}

const oneSpaced = (text: string): string => text.trim().split(/\s+/).join(' ');

const show = (text: string): string =>
  text.length > 300 ? `"${text.slice(0, 140)} … ${text.slice(-140)}"` : `"${text}"`;

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'mu').source !== '';
  } catch {
    return false;
  }
}
